import asyncio
import time
from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select, update

from chassis.clock import real_now
from gateway.sessions.jobs import forget_expired
from gateway.sessions.model import KEEP_ENDED
from gateway.sessions.tables import session_tokens, sessions
from tests.gateway.people import OPERATOR, PASSWORD, refresh, refused, sign_in, sign_up
from tests.serving import Served


@pytest.fixture
async def http(gateway: Served) -> httpx.AsyncClient:
    """Nobody in particular, once Lin has signed up."""
    client = httpx.AsyncClient(verify=False, base_url=gateway.url)
    gateway._clients.append(client)
    await sign_up(client)
    return client


async def test_the_published_keys_prove_a_token(gateway: Served, http: httpx.AsyncClient) -> None:
    tokens = (await sign_in(http)).json()
    keys = KeySet.import_key_set((await http.get("/.well-known/jwks.json")).json())
    claims = jwt.decode(tokens["access_token"], keys, algorithms=["Ed25519"]).claims
    assert claims["iss"] == "gateway"
    assert claims["sub"] == tokens["subject"]
    assert set(claims["aud"]) == {"gateway", "payments", "p2p", "ecommerce_credit", "info_broker"}
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - time.time()) < 10


async def test_no_private_half_is_published(http: httpx.AsyncClient) -> None:
    for key in (await http.get("/.well-known/jwks.json")).json()["keys"]:
        assert "d" not in key


async def test_answers_with_tokens_are_not_stored(http: httpx.AsyncClient) -> None:
    assert (await sign_in(http)).headers["cache-control"] == "no-store"


async def test_an_unknown_contact_and_a_wrong_password_answer_alike(http: httpx.AsyncClient) -> None:
    wrong = await sign_in(http, password="not her password")
    unknown = await sign_in(http, email="nobody@example.org")
    refused(wrong, 401, "credentials_refused")
    assert wrong.json() == unknown.json()


async def test_a_wrong_password_and_an_unknown_contact_take_alike_long(http: httpx.AsyncClient) -> None:
    async def seconds(**body: str) -> float:
        taken = []
        for _ in range(4):
            begun = time.perf_counter()
            await sign_in(http, **body)
            taken.append(time.perf_counter() - begun)
        return min(taken)

    known, unknown = await seconds(password="not her password"), await seconds(email="nobody@example.org")
    assert 0.3 < known / unknown < 3


async def test_refresh_gives_the_next_pair(http: httpx.AsyncClient) -> None:
    first = (await sign_in(http)).json()
    second = await refresh(http, first["refresh_token"])
    assert second.status_code == 200
    assert second.json()["subject"] == first["subject"]
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert second.json()["refresh_expires_at"] == first["refresh_expires_at"]
    assert (await refresh(http, second.json()["refresh_token"])).status_code == 200


async def test_a_reused_refresh_token_ends_the_family(http: httpx.AsyncClient) -> None:
    first = (await sign_in(http)).json()["refresh_token"]
    other_family = (await sign_in(http)).json()["refresh_token"]
    second = (await refresh(http, first)).json()["refresh_token"]
    refused(await refresh(http, first), 401, "refresh_token_reused")
    refused(await refresh(http, second), 401, "refresh_token_refused")
    assert (await refresh(http, other_family)).status_code == 200


async def test_of_simultaneous_refreshes_one_wins_and_the_family_ends(http: httpx.AsyncClient) -> None:
    token = (await sign_in(http)).json()["refresh_token"]
    answers = await asyncio.gather(*(refresh(http, token) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    winner = next(answer.json()["refresh_token"] for answer in answers if answer.status_code == 200)
    refused(await refresh(http, winner), 401, "refresh_token_refused")


async def test_signing_out_ends_the_session_and_can_be_said_twice(http: httpx.AsyncClient) -> None:
    token = (await sign_in(http)).json()["refresh_token"]
    for _ in range(2):
        assert (await http.post("/v1/sessions/sign-out", json={"refresh_token": token})).status_code == 204
    refused(await refresh(http, token), 401, "refresh_token_refused")


async def test_an_expired_family_is_refused_and_later_forgotten(gateway: Served, http: httpx.AsyncClient) -> None:
    token = (await sign_in(http)).json()["refresh_token"]
    async with gateway.runtime.transaction() as tx:
        await tx.connection.execute(update(sessions).values(expires_at=real_now() - timedelta(seconds=1)))
    refused(await refresh(http, token), 401, "refresh_token_refused")
    await forget_expired(gateway.runtime)
    async with gateway.runtime.transaction() as tx:
        assert (await tx.connection.execute(select(session_tokens))).all()
        await tx.connection.execute(update(sessions).values(expires_at=real_now() - KEEP_ENDED - timedelta(seconds=1)))
    await forget_expired(gateway.runtime)
    async with gateway.runtime.reading() as connection:
        assert (await connection.execute(select(session_tokens))).all() == []


async def test_only_hashes_of_tokens_are_stored(gateway: Served, http: httpx.AsyncClient) -> None:
    token = (await sign_in(http)).json()["refresh_token"]
    async with gateway.runtime.reading() as connection:
        held = (await connection.execute(select(session_tokens.c.token_hash))).scalars().all()
    assert all(len(digest) == 32 for digest in held)
    assert token.encode() not in b"".join(held)


@pytest.mark.parametrize("token", ["x" * 43, "x" * 20])
async def test_an_unknown_refresh_token(http: httpx.AsyncClient, token: str) -> None:
    refused(await refresh(http, token), 401, "refresh_token_refused")


async def test_an_overlong_refresh_token(http: httpx.AsyncClient) -> None:
    refused(await refresh(http, "x" * 201), 422, "invalid_value", "refresh_token")


async def test_sign_in_takes_exactly_one_contact(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/sessions", json={"password": PASSWORD})
    refused(answer, 422, "one_contact_required")


async def test_staff_sign_in_with_the_scopes_of_their_role(http: httpx.AsyncClient) -> None:
    tokens = (await sign_in(http, email=OPERATOR)).json()
    assert tokens["subject"].startswith("stf_")
    assert {"gateway:operate", "events:read", "clock:write"} <= set(tokens["scopes"])


@pytest.mark.parametrize(
    ("limit", "tries"),
    [("SIFANG_GATEWAY_SIGN_IN_PER_ACCOUNT", "sign_in"), ("SIFANG_GATEWAY_SIGN_IN_PER_ADDRESS", "sign_in")],
)
async def test_too_many_tries(serve_gateway, limit: str, tries: str) -> None:  # type: ignore[no-untyped-def]
    gateway = await serve_gateway(environment={limit: "3 per minute"})
    http = gateway.client("cus_nobody", [])
    for _ in range(3):
        refused(await sign_in(http, password="not her password"), 401, "credentials_refused")
    answer = await sign_in(http)
    document = refused(answer, 429, "too_many_tries")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert document["retry_after_seconds"] == int(answer.headers["Retry-After"])
    other = await sign_in(http, email="nobody@example.org")
    assert other.status_code == (401 if limit.endswith("ACCOUNT") else 429)


async def test_a_right_password_forgets_earlier_slips(serve_gateway) -> None:  # type: ignore[no-untyped-def]
    gateway = await serve_gateway(environment={"SIFANG_GATEWAY_SIGN_IN_PER_ACCOUNT": "3 per minute"})
    http = gateway.client("cus_nobody", [])
    await sign_up(http)
    for _ in range(3):
        await sign_in(http, password="not her password")
        await sign_in(http, password="not her password")
        assert (await sign_in(http)).status_code == 201


async def test_too_many_sign_ups(serve_gateway) -> None:  # type: ignore[no-untyped-def]
    gateway = await serve_gateway(environment={"SIFANG_GATEWAY_SIGN_UP_PER_ADDRESS": "2 per minute"})
    http = gateway.client("cus_nobody", [])
    for number in range(2):
        assert (await sign_up(http, email=f"a{number}@example.org")).status_code == 202
    refused(await sign_up(http, email="b@example.org"), 429, "too_many_tries")

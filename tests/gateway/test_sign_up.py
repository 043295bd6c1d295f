from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from gateway.identities.tables import contacts, identities
from tests.gateway.people import PASSWORD, refused, sign_in, sign_up
from tests.serving import Served


@pytest.fixture
def http(gateway: Served) -> httpx.AsyncClient:
    return gateway.client("cus_nobody", [])


async def test_a_customer_signs_up_and_in(gateway: Served, http: httpx.AsyncClient) -> None:
    accepted = await sign_up(http, channel="poster")
    assert (accepted.status_code, accepted.json()) == (202, {"status": "accepted"})
    tokens = (await sign_in(http)).json()
    assert tokens["subject"].startswith("cus_")
    assert tokens["expires_in"] == 900
    me = (await http.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})).json()
    assert me["id"] == tokens["subject"]
    assert me["contacts"] == [{"kind": "email", "masked": "l***@example.org"}]
    assert "payments:write" in me["scopes"]


async def test_mobile_numbers_work_as_well(http: httpx.AsyncClient) -> None:
    await sign_up(http, mobile="13800138000")
    assert (await sign_in(http, mobile="+86 138 0013 8000")).status_code == 201


async def test_registration_is_told_once_and_without_personal_data(gateway: Served, http: httpx.AsyncClient) -> None:
    await sign_up(http, key="one")
    await sign_up(http, key="one")
    await sign_up(http, key="two")
    events = (await gateway.client().get("/v1/events")).json()["items"]
    assert [event["type"] for event in events] == ["gateway.customer.registered.v1"]
    data = events[0]["data"]
    assert set(data) == {"customer", "contact_kind", "channel"}
    assert events[0]["subject"] == data["customer"]
    assert "example" not in str(events)


async def test_a_taken_contact_answers_as_a_free_one_and_keeps_its_password(http: httpx.AsyncClient) -> None:
    first = await sign_up(http)
    second = await sign_up(http, password="another password 3")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert (await sign_in(http)).status_code == 201
    refused(await sign_in(http, password="another password 3"), 401, "credentials_refused")


async def test_a_replay_says_so_and_another_body_is_refused(http: httpx.AsyncClient) -> None:
    await sign_up(http, key="same")
    again = await sign_up(http, key="same")
    assert again.headers["Idempotency-Replayed"] == "true"
    refused(await sign_up(http, key="same", channel="other"), 422, "idempotency_key_reused")


async def test_strangers_keys_do_not_meet(http: httpx.AsyncClient) -> None:
    await sign_up(http, key="1", email="a@example.org")
    await sign_up(http, key="1", email="b@example.org")
    assert (await sign_in(http, email="b@example.org")).status_code == 201


async def test_no_password_stands_anywhere(gateway: Served, http: httpx.AsyncClient) -> None:
    await sign_up(http)
    async with gateway.runtime.reading() as connection:
        hashes = (await connection.execute(select(identities.c.password_hash))).scalars().all()
        assert all(held.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for held in hashes)
        keys = (await connection.execute(text("SELECT * FROM chassis.idempotency_keys"))).all()
        assert keys
        assert PASSWORD not in str(keys)
        assert "lin@example.org" not in str(keys)


async def test_personal_data_stands_in_one_table(gateway: Served, http: httpx.AsyncClient) -> None:
    await sign_up(http)
    async with gateway.runtime.reading() as connection:
        assert "lin@example.org" in (await connection.execute(select(contacts.c.value))).scalars().all()
        tables = (
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('public', 'chassis', 'jobs')"
        )
        for table in (await connection.execute(text(tables))).scalars().all():
            if table != "public.contacts":
                rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608
                assert "lin@example.org" not in str(rows), table


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"email": "li"}, 422, "invalid_value", "email"),
        ({"email": "lin at example.org"}, 422, "malformed_contact", "email"),
        ({"mobile": "12345678"}, 422, "malformed_contact", "mobile"),
        ({"email": "a@b.cn", "mobile": "13800138000"}, 422, "one_contact_required", "email"),
        ({"password": "short"}, 422, "weak_password", "password"),
        ({"password": "x" * 129}, 422, "invalid_value", "password"),
        ({"password": 12345678}, 422, "invalid_value", "password"),
        ({"channel": "A Poster"}, 422, "invalid_value", "channel"),
        ({"role": "operator"}, 422, "unknown_field", "role"),
    ],
)
async def test_what_sign_up_refuses(
    http: httpx.AsyncClient, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    refused(await sign_up(http, **body), status, code, field)


async def test_sign_up_needs_a_key(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/customers", json={"email": "lin@example.org", "password": PASSWORD})
    refused(answer, 400, "idempotency_key_required")


async def test_broken_json(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/customers", content="{", headers={"content-type": "application/json"})
    refused(answer, 400, "malformed_json")


async def test_a_subject_that_never_signed_up_here(gateway: Served) -> None:
    refused(await gateway.client("cus_01jdf3q8e7f5bt2m0xk5s8yq4c").get("/v1/me"), 404, "not_found")
    refused(await gateway.client("p2p", ["gateway:read"]).get("/v1/me"), 403, "missing_scope")

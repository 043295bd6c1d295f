"""The door as somebody who means no good would try it: bytes by hand, forged tokens, other people's routes."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from chassis.identity import CUSTOMER_SCOPES
from gateway.contract import own_openapi
from gateway.routing.upstream import Upstreams
from tests.gateway.conftest import ServeGateway
from tests.gateway.outside import Outside, outside
from tests.gateway.people import OPERATOR, refused, sign_in, sign_up
from tests.serving import Served

CUSTOMER = "cus_01jdf3q8e7f5bt2m0xk5s8yq4c"
SHORT = {"SIFANG_GATEWAY_DEADLINE_SECONDS": "1.5"}
SIGNED_OUT_ROUTES = {
    "/v1/customers", "/v1/sessions", "/v1/sessions/refresh", "/v1/sessions/sign-out", "/.well-known/jwks.json",
}  # fmt: skip


@pytest.fixture
async def behind() -> AsyncIterator[Outside]:
    async with outside() as here:
        yield here


@pytest.fixture
async def gateway(serve_gateway: ServeGateway, behind: Outside) -> Served:
    return await serve_gateway(neighbours={"payments": behind.url})


@pytest.fixture
async def hasty(serve_gateway: ServeGateway, behind: Outside) -> Served:
    """Only where the deadline is what is looked at: a busy machine makes everything late."""
    return await serve_gateway(neighbours={"payments": behind.url}, environment=SHORT)


async def say(gateway: Served, *parts: bytes, pause: float = 0.0, answer: bool = True) -> bytes:
    """Bytes to the gateway on a connection of their own; all that it answers until it closes."""
    address = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 10) if answer else b""
    finally:
        writer.close()


def request(target: str, *headers: str, method: str = "GET") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: door", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "target",
    [
        "/payments/../metrics", "/payments/v1/../../metrics", "/payments/v1/..;/metrics/../..", "/payments/v1/%2e%2e/metrics",
        "/payments/v1/%2E%2E%2Fmetrics", "/payments/v1/..%5cmetrics", "/payments%2fv1/../metrics", "//payments/v1/x",
        "/payments//v1/x", "/%70ayments/v1/x", "/payments/v1", "/payments/v1x/y", "/Payments/v1/x", "/sandbox/v1/x",
    ],
)  # fmt: skip
async def test_no_path_leads_around_the_door(gateway: Served, behind: Outside, target: str) -> None:
    answer = await say(gateway, request(target))
    assert status_of(answer) == 404
    assert b'"no_such_route"' in answer
    assert behind.seen == []


async def test_odd_bytes_pass_encoded_and_never_fail(gateway: Served, behind: Outside) -> None:
    answer = await say(gateway, request("/payments/v1/余额?q=é&z=%00", "X-Name: 余额"))
    assert status_of(answer) in (200, 400)
    if status_of(answer) == 200:
        assert (behind.seen[0]["path"], behind.seen[0]["query"]) == ("/v1/%E4%BD%99%E9%A2%9D", "q=%C3%A9&z=%00")
    async with httpx.AsyncClient(verify=False, base_url=gateway.url) as http:
        named = await http.get("/payments/v1/x", headers=[(b"X-Name", "余额".encode())])
    assert named.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 4", "Transfer-Encoding: chunked"),
        ("Content-Length: 4", "Content-Length: 9"),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: xchunked",),
        ("Content-Length: +4",),
    ],
)
async def test_a_body_of_two_lengths_is_no_request(gateway: Served, behind: Outside, headers: tuple[str, ...]) -> None:
    smuggled = b"0\r\n\r\nGET /payments/v1/smuggled HTTP/1.1\r\nHost: door\r\n\r\n"
    answer = await say(gateway, request("/payments/v1/x", *headers, method="POST") + smuggled)
    assert status_of(answer) in (400, 413)
    assert [heard for heard in behind.seen if "smuggled" in heard["path"]] == []


async def test_a_read_carries_no_body(gateway: Served, behind: Outside) -> None:
    body = b"GET /v1/x HTTP/1.1\r\n\r\n"
    answer = await say(gateway, request("/payments/v1/x", f"Content-Length: {len(body)}") + body)
    assert status_of(answer) == 200
    assert len(behind.seen) == 1
    assert behind.seen[0]["body"] == ""
    assert "content-length" not in behind.seen[0]["headers"]


async def test_two_authorization_headers(gateway: Served, behind: Outside) -> None:
    tokens = [gateway.token(CUSTOMER), gateway.token()]
    headers = [("Authorization", f"Bearer {token}") for token in tokens]
    async with httpx.AsyncClient(verify=False, base_url=gateway.url) as http:
        refused(await http.get("/payments/v1/x", headers=headers), 400, "malformed", "authorization")
    assert behind.seen == []


async def test_nobody_says_for_whom_the_gateway_speaks(gateway: Served, behind: Outside) -> None:
    """Headers that a service might believe: where the request comes from, and for whom."""
    claims = {
        "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/x", "Forwarded": "for=10.0.0.1", "X-Real-IP": "10.0.0.1",
        "Connection": "x-forwarded-for, authorization",
    }  # fmt: skip
    await gateway.client(CUSTOMER).get("/payments/v1/x", headers=claims)
    heard = behind.seen[0]["headers"]
    assert heard["x-forwarded-host"] == gateway.url.removeprefix("http://")
    assert not {"forwarded", "x-real-ip", "x-forwarded-prefix"} & set(heard)
    # What the connection claims for itself only ever takes rights away.
    assert "authorization" not in heard


async def test_a_cookie_of_a_service_reaches_nobody(gateway: Served, behind: Outside) -> None:
    """The outside sets one on every answer; it goes neither to browsers nor back with somebody else's request."""
    async with httpx.AsyncClient(verify=False, base_url=gateway.url) as http:
        for _ in range(2):
            assert "set-cookie" not in (await http.get("/payments/v1/x")).headers
    assert [("cookie" in heard["headers"]) for heard in behind.seen] == [False, False]


async def test_the_gateway_adds_nothing_of_its_own_to_a_request(gateway: Served, behind: Outside) -> None:
    await say(gateway, request("/payments/v1/x"))
    assert set(behind.seen[0]["headers"]) == {
        "host", "traceparent", "x-request-id", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
    }  # fmt: skip


async def test_a_slow_caller_is_not_taken_for_a_failing_service(hasty: Served) -> None:
    upstream = hasty.runtime.get(Upstreams).of("payments")
    upstream.breaker.failures_to_open = 1
    head = request("/payments/v1/x", "Content-Length: 10", method="POST")
    answer = await say(hasty, head, b"1", pause=0.1)
    assert status_of(answer) == 408
    assert b'"body_too_slow"' in answer
    assert (await hasty.client(CUSTOMER).get("/payments/v1/x")).status_code == 200


async def test_a_caller_who_leaves_in_her_own_body_is_no_fault(gateway: Served) -> None:
    upstream = gateway.runtime.get(Upstreams).of("payments")
    upstream.breaker.failures_to_open = 1
    await say(gateway, request("/payments/v1/x", "Content-Length: 10", method="POST"), b"1", pause=0.1, answer=False)
    await asyncio.sleep(0.1)
    assert (await gateway.client(CUSTOMER).get("/payments/v1/x")).status_code == 200
    metrics = await gateway.client().get("/metrics")
    assert 'status="5' not in metrics.text


async def test_half_an_answer_never_looks_whole(gateway: Served) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await gateway.client(CUSTOMER).get("/payments/v1/x", params={"stream": "1", "cut": "1"})


def forged(token: str, **claims: Any) -> str:
    """The same signature under another body."""
    head, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(said | claims).encode()).rstrip(b"=").decode()
    return f"{head}.{changed}.{signature}"


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def signed_with_the_public_key(gateway: Served, claims: dict[str, Any]) -> str:
    """The classic confusion: the verifying key, which everybody may read, taken as a shared secret."""
    public = (gateway.runtime.settings.keys / "gateway.public.json").read_bytes()
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(public), algorithms=["HS256"])


def signed_with_a_key_of_ones_own(claims: dict[str, Any]) -> str:
    key = OKPKey.generate_key("Ed25519", {"kid": "gateway"})
    return jwt.encode({"alg": "Ed25519", "kid": "gateway"}, claims, key, algorithms=["Ed25519"])


async def test_claims_cannot_be_forged(gateway: Served, behind: Outside) -> None:
    http = httpx.AsyncClient(verify=False, base_url=gateway.url)
    await sign_up(http)
    token = (await sign_in(http)).json()["access_token"]
    body = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert "act" not in claims
    assert claims["sub"].startswith("cus_")
    for wrong in (
        forged(token, sub="stf_01jdf3q8e7f5bt2m0xk5s8yq4c"),
        forged(token, act="cus_01jdf3q8e7f5bt2m0xk5s8yq4c"),
        forged(token, scope="gateway:operate payments:transfer"),
        forged(token, iss="suite"),
        forged(token, exp=claims["exp"] + 1_000_000),
        forged(token, iss="../../gateway"),
        forged(token, iss="nobody"),
        unsigned(token),
        signed_with_the_public_key(gateway, claims | {"scope": "gateway:operate"}),
        signed_with_a_key_of_ones_own(claims | {"scope": "gateway:operate"}),
        token + "x",
        "a.b.c",
        "é.é.é",
        "." * 3,
    ):
        headers = [(b"authorization", f"Bearer {wrong}".encode())]
        refused(await http.get("/payments/v1/x", headers=headers), 401, "token_refused")
        refused(await http.get("/v1/operations/summary", headers=headers), 401, "token_refused")
    assert behind.seen == []
    await http.aclose()


async def test_a_neighbours_key_opens_nothing_of_the_gateways(gateway: Served) -> None:
    """A service's token carries what that service may do elsewhere, whatever scopes it writes into it."""
    greedy = gateway.client("p2p", ["gateway:operate", "gateway:write", "gateway:read", "clock:write"])
    refused(await greedy.get("/v1/operations/summary"), 403, "missing_scope")
    refused(await greedy.get("/v1/staff"), 403, "missing_scope")


def guarded() -> list[tuple[str, str, list[str]]]:
    """Every operation of the gateway that asks for a token, with its scopes."""
    found = []
    for path, item in own_openapi()["paths"].items():
        for method, operation in item.items():
            if path not in SIGNED_OUT_ROUTES:
                scopes = [scope for entry in operation["security"] for scope in entry["HTTPBearer"]]
                found.append((method, path, scopes))
    return found


async def test_strangers_reach_nothing_and_customers_nothing_of_operators(gateway: Served) -> None:
    customer = gateway.client(CUSTOMER)
    async with httpx.AsyncClient(verify=False, base_url=gateway.url) as stranger:
        for method, path, scopes in guarded():
            target = path.replace("{", "").replace("}", "").replace("/id/", "/1/")
            assert (await stranger.request(method, target)).status_code == 401, path
            if not set(scopes) <= CUSTOMER_SCOPES:
                assert (await customer.request(method, target)).status_code == 403, path
    assert sum(not set(scopes) <= CUSTOMER_SCOPES for _, _, scopes in guarded()) >= 10


async def test_only_operators_change_what_stands_still(gateway: Served) -> None:
    """Who reads figures may not pass over the events behind them."""
    marketing = gateway.client("stf_marketing", ["gateway:read", "gateway:operate"])
    key = {"Idempotency-Key": "k"}
    assert (await marketing.get("/v1/feeds")).status_code == 200
    refused(await marketing.post("/v1/feeds/p2p/skip", headers=key), 403, "missing_scope")
    refused(await marketing.post("/v1/jobs/1/retry", headers=key), 403, "missing_scope")


async def test_the_published_keys_are_public(gateway: Served) -> None:
    async with httpx.AsyncClient(verify=False, base_url=gateway.url) as http:
        keys = (await http.get("/.well-known/jwks.json")).json()["keys"]
    assert keys
    assert all("d" not in key and key["crv"] == "Ed25519" for key in keys)


@pytest.mark.parametrize("text", ["a@b\x00.cn", "a\x00@b.cn"])
async def test_a_zero_byte_is_bad_input(gateway: Served, text: str) -> None:
    http = gateway.client()
    refused(await sign_up(http, email=text), 422, "malformed_contact", "email")
    refused(await sign_in(http, email=text), 422, "malformed_contact", "email")
    answer = await http.get("/v1/operations/figures/bids/records", params={"channel": "a\x00b"})
    assert answer.status_code in (400, 422)


async def test_unknown_and_wrong_cost_the_same(gateway: Served) -> None:
    """Medians of sign-ins against nobody and against somebody: neither answers at once."""
    http = gateway.client()
    loop = asyncio.get_running_loop()
    spent: dict[str, list[float]] = {"nobody@sifang.example": [], OPERATOR: []}
    for _ in range(4):
        for email, times in spent.items():
            begun = loop.time()
            refused(await sign_in(http, email=email, password="not the password"), 401, "credentials_refused")
            times.append(loop.time() - begun)
    nobody, somebody = (sorted(times)[1] for times in spent.values())
    assert nobody > somebody / 3
    assert somebody > nobody / 3

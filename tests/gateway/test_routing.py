import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

import httpx
import pytest

from chassis.identity import CUSTOMER_SCOPES
from gateway.routing.upstream import Upstreams
from tests.conftest import Serve
from tests.gateway.conftest import ServeGateway
from tests.gateway.outside import Outside, outside
from tests.gateway.people import refused, sign_in, sign_up
from tests.serving import Served

SHORT = {"SIFANG_GATEWAY_DEADLINE_SECONDS": "0.4"}
CUSTOMER = "cus_01jdf3q8e7f5bt2m0xk5s8yq4c"


@pytest.fixture
async def behind() -> AsyncIterator[Outside]:
    async with outside() as here:
        yield here


@pytest.fixture
async def gateway(serve_gateway: ServeGateway, behind: Outside) -> Served:
    """payments is the outside; p2p is an address at which nobody answers; the others are not part of the suite."""
    return await serve_gateway(neighbours={"payments": behind.url, "p2p": "http://127.0.0.1:9"})


@pytest.fixture
def http(gateway: Served) -> httpx.AsyncClient:
    return gateway.client(CUSTOMER)


@pytest.fixture
async def hasty(serve_gateway: ServeGateway, behind: Outside) -> httpx.AsyncClient:
    """A customer of a gateway that soon gives up."""
    return (await serve_gateway(neighbours={"payments": behind.url}, environment=SHORT)).client(CUSTOMER)


async def test_a_request_passes_with_what_belongs_to_it(
    gateway: Served, http: httpx.AsyncClient, behind: Outside
) -> None:
    answer = await http.post(
        "/payments/v1/top-ups/a%2Fb?x=1&y=%20",
        json={"amount": 1},
        headers={
            "Idempotency-Key": "k-1",
            "X-Request-Id": "front-end-7",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "Cookie": "sifang_console=secret",
        },
    )
    heard = answer.json()
    assert (heard["method"], heard["path"], heard["query"]) == ("POST", "/v1/top-ups/a%2Fb", "x=1&y=%20")
    assert heard["body"] == '{"amount":1}'
    headers = heard["headers"]
    assert headers["idempotency-key"] == "k-1"
    assert headers["authorization"].startswith("bearer ")
    assert headers["x-request-id"] == "front-end-7"
    assert headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["host"] == behind.url.removeprefix("http://")
    assert "cookie" not in headers


async def test_an_answer_passes_without_what_belongs_to_the_connection(http: httpx.AsyncClient) -> None:
    answer = await http.get("/payments/v1/x", params={"status": "418"})
    assert answer.status_code == 418
    assert answer.headers["idempotency-replayed"] == "true"
    assert "set-cookie" not in answer.headers
    assert "x-of-this-connection" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_every_method_passes(http: httpx.AsyncClient, behind: Outside, method: str) -> None:
    assert (await http.request(method, "/payments/v1/x")).status_code == 200
    assert behind.seen[-1]["method"] == method


async def test_a_body_of_unknown_length_passes(http: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 70_000
            await asyncio.sleep(0.01)

    answer = await http.post("/payments/v1/x", content=parts())
    assert len(answer.json()["body"]) == 210_000


async def test_an_answer_is_streamed(http: httpx.AsyncClient) -> None:
    async with http.stream("GET", "/payments/v1/x", params={"stream": "1"}) as answer:
        begun = perf_counter()
        first = await anext(answer.aiter_bytes())
        assert first.startswith(b"first ")
        assert perf_counter() - begun < 0.12


async def test_redirects_are_not_followed_but_translated(http: httpx.AsyncClient) -> None:
    answer = await http.get("/payments/v1/x", params={"status": "307", "location": "SELF/v1/y"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/payments/v1/y")


async def test_a_bad_token_is_refused_at_the_door(gateway: Served, behind: Outside) -> None:
    for authorization in ("Bearer nonsense", "Basic abc", f"Bearer {gateway.token(CUSTOMER, seconds=-60)}"):
        answer = await gateway.client().get("/payments/v1/x", headers={"Authorization": authorization})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    elsewhere = gateway.token(CUSTOMER, CUSTOMER_SCOPES, audience="payments")
    answer = await gateway.client().get("/payments/v1/x", headers={"Authorization": f"Bearer {elsewhere}"})
    refused(answer, 401, "token_refused")
    assert behind.seen == []


async def test_without_a_token_the_service_decides(gateway: Served, behind: Outside) -> None:
    async with httpx.AsyncClient(verify=False, base_url=gateway.url) as stranger:
        assert (await stranger.get("/payments/v1/x")).status_code == 200
    assert "authorization" not in behind.seen[-1]["headers"]


@pytest.mark.parametrize(
    "path", ["/payments/v1/%2e%2e/metrics", "/payments/metrics", "/payments/v2/x", "/sandbox/v1/x"]
)
async def test_what_is_not_served(http: httpx.AsyncClient, behind: Outside, path: str) -> None:
    refused(await http.get(path), 404, "no_such_route")
    assert behind.seen == []


async def test_an_oversized_body_stops_at_the_door(http: httpx.AsyncClient, behind: Outside) -> None:
    large = b"x" * (8 * 1024 * 1024 + 1)
    refused(await http.post("/payments/v1/x", content=large), 413, "body_too_large")

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield large[: 1024 * 1024]

    refused(await http.post("/payments/v1/x", content=parts()), 413, "body_too_large")
    assert behind.seen == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_service_that_cannot_be_reached(http: httpx.AsyncClient, method: str) -> None:
    answer = await http.request(method, "/p2p/v1/x")
    document = refused(answer, 503, "service_unavailable")
    assert document["service"] == "p2p"
    assert answer.headers["retry-after"] == "2"


async def test_a_service_that_is_not_part_of_the_suite(http: httpx.AsyncClient) -> None:
    assert refused(await http.get("/info_broker/v1/x"), 503, "service_unavailable")["service"] == "info_broker"


async def test_a_slow_read_is_given_up(hasty: httpx.AsyncClient) -> None:
    document = refused(await hasty.get("/payments/v1/x", params={"sleep": "2"}), 504, "service_timeout")
    assert document["service"] == "payments"


async def test_a_slow_write_has_an_unknown_outcome(hasty: httpx.AsyncClient, behind: Outside) -> None:
    answer = await hasty.post("/payments/v1/x", params={"sleep": "2"}, headers={"Idempotency-Key": "k"})
    document = refused(answer, 504, "outcome_unknown")
    assert "Idempotency-Key" in document["detail"]
    assert len(behind.seen) == 1


async def test_a_write_that_broke_off_is_not_sent_again(http: httpx.AsyncClient, behind: Outside) -> None:
    document = refused(await http.post("/payments/v1/x", params={"break": "9"}), 503, "outcome_unknown")
    assert document["service"] == "payments"
    assert len(behind.seen) == 1


async def test_a_read_that_broke_off_is_sent_once_more(http: httpx.AsyncClient, behind: Outside) -> None:
    assert (await http.get("/payments/v1/x", params={"break": "1"})).status_code == 200
    assert len(behind.seen) == 2
    refused(await http.get("/payments/v1/x", params={"break": "9"}), 503, "service_unavailable")
    assert len(behind.seen) == 4


async def test_waiting_for_news_does_not_count_against_the_deadline(hasty: httpx.AsyncClient) -> None:
    assert (await hasty.get("/payments/v1/events", params={"wait": "1", "sleep": "0.7"})).status_code == 200


async def test_a_failing_service_is_left_alone_and_then_tried_again(gateway: Served, behind: Outside) -> None:
    http = gateway.client(CUSTOMER)
    breaker = gateway.runtime.get(Upstreams).of("payments").breaker
    breaker.failures_to_open, breaker.rest_seconds = 3, 0.3
    for _ in range(3):
        refused(await http.post("/payments/v1/x", params={"break": "3"}), 503, "outcome_unknown")
    refused(await http.get("/payments/v1/x"), 503, "service_unavailable")
    assert len(behind.seen) == 3
    assert (await http.get("/p2p/v1/x")).json()["service"] == "p2p"
    await asyncio.sleep(0.35)
    assert (await http.get("/payments/v1/x")).status_code == 200
    assert (await http.get("/payments/v1/x")).status_code == 200


async def test_a_caller_who_leaves_leaves_nothing_open(gateway: Served, behind: Outside) -> None:
    async with httpx.AsyncClient(verify=False, base_url=gateway.url, timeout=0.1) as hasty:
        with pytest.raises(httpx.ReadTimeout):
            await hasty.get("/payments/v1/x", params={"sleep": "0.3"})
    assert (await gateway.client(CUSTOMER).get("/payments/v1/x")).status_code == 200


async def test_a_customers_token_opens_a_real_service(serve: Serve, serve_gateway: ServeGateway) -> None:
    """Signed up and in at the gateway, answered by info_broker: its own verifier accepts the gateway's token."""
    broker = await serve("info_broker")
    gateway = await serve_gateway(neighbours={"info_broker": broker.url})
    async with httpx.AsyncClient(verify=False, base_url=gateway.url) as http:
        await sign_up(http)
        token = (await sign_in(http)).json()["access_token"]
        listed = await http.get("/info_broker/v1/products", headers={"Authorization": f"Bearer {token}"})
        assert listed.status_code == 200
        assert listed.json()["items"] == []
        clock = await http.put(
            "/info_broker/v1/clock",
            json={"business_at": "2030-01-01T00:00:00Z"},
            headers={"Authorization": f"Bearer {token}"},
        )
        refused(clock, 403, "missing_scope")

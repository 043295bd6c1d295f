"""The transport over real HTTP: what is tried again, what is not, and what a caller learns."""

import socket
import time
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from clients.breaker import Breaker
from clients.errors import CircuitOpen, DeadlineExceeded, Refused, Unreachable
from clients.transport import Call, Transport
from tests.clients.neighbour import Neighbour, neighbour


@pytest.fixture
async def there() -> AsyncIterator[Neighbour]:
    async with neighbour() as scripted:
        yield scripted


@pytest.fixture
async def transport(there: Neighbour) -> AsyncIterator[Transport]:
    async with Transport(there.url, lambda acting_for: f"token-for-{acting_for}") as transport:
        yield transport


def failing(status: int = 503) -> Response:
    return JSONResponse({"code": "unavailable"}, status)


async def test_a_read_is_tried_again(there: Neighbour, transport: Transport) -> None:
    there.answers = [failing(), failing(502), JSONResponse({"fine": True})]
    assert await transport.call(Call("GET", "/v1/things")) == {"fine": True}
    assert len(there.seen) == 3


async def test_a_keyed_write_is_tried_again_with_its_key(there: Neighbour, transport: Transport) -> None:
    there.answers = [failing(500), JSONResponse({"made": 1}, 201)]
    assert await transport.call(Call("POST", "/v1/things", {"a": 1}, key="k1")) == {"made": 1}
    assert [request.headers["idempotency-key"] for request in there.seen] == ["k1", "k1"]


async def test_a_write_without_a_key_is_sent_once(there: Neighbour, transport: Transport) -> None:
    there.answers = [failing(), JSONResponse({})]
    with pytest.raises(Unreachable) as caught:
        await transport.call(Call("POST", "/v1/things", {"a": 1}))
    assert len(there.seen) == 1
    assert not caught.value.outcome_known


async def test_transfers_repeat_by_the_ids_in_their_body(there: Neighbour, transport: Transport) -> None:
    there.answers = [failing(), JSONResponse({"result": "exists"})]
    assert await transport.call(Call("POST", "/v1/transfers", {}, repeatable=True)) == {"result": "exists"}


async def test_in_progress_is_waited_for_but_other_conflicts_are_not(there: Neighbour, transport: Transport) -> None:
    there.answers = [JSONResponse({"code": "in_progress"}, 409), JSONResponse({"code": "insufficient_funds"}, 409)]
    with pytest.raises(Refused) as caught:
        await transport.call(Call("POST", "/v1/things", {}, key="k"))
    assert caught.value.code == "insufficient_funds"
    assert len(there.seen) == 2


async def test_a_problem_document_becomes_refused(there: Neighbour, transport: Transport) -> None:
    problem = {"type": "urn:x", "title": "t", "status": 422, "detail": "too much", "code": "limit", "field": "amount"}
    there.answers = [JSONResponse(problem | {"limit_minor": 5}, 422)]
    with pytest.raises(Refused) as caught:
        await transport.call(Call("GET", "/v1/things"))
    refused = caught.value
    assert (refused.code, refused.field, refused.detail, refused.status) == ("limit", "amount", "too much", 422)
    assert refused.facts == {"limit_minor": 5}
    assert refused.outcome_known


async def test_a_refusal_without_a_document_has_the_status_as_code(there: Neighbour, transport: Transport) -> None:
    there.answers = [Response("<html>", 404)]
    with pytest.raises(Refused, match="http_404"):
        await transport.call(Call("GET", "/v1/things"))


async def test_an_answer_that_is_not_json_is_none(there: Neighbour, transport: Transport) -> None:
    there.answers = [Response("<html>a proxy's page</html>", 200)]
    with pytest.raises(Unreachable) as caught:
        await transport.call(Call("POST", "/v1/things", {}, key="k"))
    assert not caught.value.outcome_known


async def test_a_document_goes_and_comes_as_it_is(there: Neighbour, transport: Transport) -> None:
    there.answers = [failing(), Response(b"<answer/>", media_type="application/xml"), failing(404)]
    call = Call("POST", "/v1/files", document=b"<question/>", repeatable=True, answer_as_bytes=True)
    assert await transport.call(call) == b"<answer/>"
    assert [request.headers["content-type"] for request in there.seen] == ["application/xml"] * 2
    with pytest.raises(Refused):
        await transport.call(call)


async def test_the_deadline_covers_every_try(there: Neighbour, transport: Transport) -> None:
    there.answers = [0.6]
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded) as caught:
        await transport.call(Call("POST", "/v1/things", {}, key="k"), deadline_seconds=0.2)
    assert time.monotonic() - began < 0.5
    assert not caught.value.outcome_known


async def test_nobody_listening_is_known_not_to_have_happened() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with Transport(url, most_tries=2) as transport:
            with pytest.raises(Unreachable) as caught:
                await transport.call(Call("POST", "/v1/things", {}, key="k"))
    assert caught.value.outcome_known


async def test_the_breaker_keeps_away_and_lets_one_probe_through(there: Neighbour) -> None:
    now = [0.0]
    breaker = Breaker(failures_to_open=2, rest_seconds=5, clock=lambda: now[0])
    there.answers = [failing(500), failing(500), JSONResponse({"back": True})]
    async with Transport(there.url, breaker=breaker, most_tries=1) as transport:
        for _ in range(2):
            with pytest.raises(Unreachable):
                await transport.call(Call("GET", "/v1/things"))
        with pytest.raises(CircuitOpen) as caught:
            await transport.call(Call("GET", "/v1/things"))
        assert caught.value.outcome_known
        assert len(there.seen) == 2
        now[0] = 6.0
        assert await transport.call(Call("GET", "/v1/things")) == {"back": True}
        assert await transport.call(Call("GET", "/v1/things")) == {"back": True}


async def test_connections_that_break_together_are_one_failure() -> None:
    """A neighbour of several processes: one ends with all that was under way to it, the others serve."""
    now = [0.0]
    breaker = Breaker(failures_to_open=2, rest_seconds=5, clock=lambda: now[0])
    now[0] = 1.0
    for began in (0.1, 0.2, 0.3, 0.9):
        breaker.failed(began=began)
    assert breaker.permits()
    now[0] = 2.0
    breaker.failed(began=1.5)
    assert not breaker.permits(), "one that began after the first broke off is a second failure"
    waiting = Breaker(failures_to_open=2, rest_seconds=5, clock=lambda: now[0])
    waiting.failed()
    waiting.failed()
    assert not waiting.permits(), "whom nobody reaches, and who does not answer in time, is counted each time"


async def test_token_headers_and_parameters_are_passed_on(there: Neighbour) -> None:
    there.answers = [JSONResponse({})]
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    async with Transport(there.url, lambda acting_for: f"t-{acting_for}", headers=lambda: trace) as transport:
        await transport.call(Call("GET", "/v1/things", params={"a": 1, "b": None}, acting_for="cus_1"))
    request = there.seen[0]
    assert request.headers["authorization"] == "Bearer t-cus_1"
    assert request.headers["traceparent"] == trace["traceparent"]
    assert str(request.url.query) == "a=1"


async def test_pages_follow_the_cursor(there: Neighbour, transport: Transport) -> None:
    def answer(request: Request) -> Response:
        pages = {None: {"items": [{"n": 1}, {"n": 2}], "next": "c1"}, "c1": {"items": [{"n": 3}], "next": None}}
        return JSONResponse(pages[request.query_params.get("after")])

    there.answerer = answer
    items = [item async for item in transport.pages(Call("GET", "/v1/things", params={"kind": "x"}))]
    assert items == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert all(request.query_params["kind"] == "x" for request in there.seen)

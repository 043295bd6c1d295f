"""The quick way answers what it can on the wire as uvicorn would, and leaves the rest untouched to the ordinary one."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.types import Receive, Scope, Send

from chassis.errors import Conflict, Unavailable
from chassis.quick import Left, Pending, QuickWay, protocol_of
from chassis.settings import Settings
from chassis.telemetry import Telemetry
from tests.serving import QuietServer, running

LIMIT = 1_000_000


class Taken(Conflict):
    code = "taken"


class Full(Unavailable):
    code = "full"


@dataclass
class Route:
    """Answers `{"said": body}` at once, or when it is let; some bodies stand for what may go wrong."""

    heard: list[bytes] = field(default_factory=list)
    held: list["asyncio.Future[bytes]"] = field(default_factory=list)
    holding: bool = False

    def ask(self, scope: Mapping[str, Any], body: bytes) -> Pending | None:
        self.heard.append(body)
        if body == b"full":
            raise Full("later")
        if body == b"broken":
            raise LookupError
        if body == b"unfit":
            return None
        outcome = asyncio.get_running_loop().create_future()
        if self.holding:
            self.held.append(outcome)
        elif body == b"failing":
            outcome.set_exception(LookupError())
        else:
            outcome.set_result(body)
        return Pending(outcome, _shape)


def _shape(said: bytes) -> tuple[int, bytes]:
    if said == b"left":
        raise Left
    if said == b"refused":
        raise Taken("somebody was here before", field="id")
    return 201, msgspec.json.encode({"said": said.decode()})


async def _ordinary(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            break
    document = b"ordinary " + body[:20]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(document))]})
    await send({"type": "http.response.body", "body": document})


@dataclass
class Serving:
    port: int
    route: Route
    telemetry: Telemetry
    server: QuietServer

    async def open(self) -> "Line":
        return Line(*await asyncio.open_connection("127.0.0.1", self.port))

    async def said(self, body: bytes, *headers: str, path: str = "/quick") -> tuple[int, dict[str, str], bytes]:
        line = await self.open()
        line.send(body, *headers, path=path)
        answer = await line.hear()
        await line.close()
        return answer


@dataclass
class Line:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, body: bytes, *headers: str, path: str = "/quick", version: str = "1.1") -> None:
        lines = [f"POST {path} HTTP/{version}", "host: here", f"content-length: {len(body)}", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode() + body)

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    async def hear(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)).decode().splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-1])}
        return int(head[0].split()[1]), headers, await self.reader.readexactly(int(headers["content-length"]))


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    async with _serving() as one:
        yield one


@asynccontextmanager
async def _serving() -> AsyncIterator[Serving]:
    route, telemetry = Route(), Telemetry(Settings("p2p", "test", "", "", Path(), {}))
    http = protocol_of(QuickWay({"/quick": route, "/of/{thing}/quick": route}, telemetry, LIMIT))
    async with running(_ordinary, http=http) as (server, port):
        yield Serving(port, route, telemetry, server)


async def test_an_answer_as_any_other(serving: Serving) -> None:
    status, headers, body = await serving.said(b"hello", "x-request-id: mine")
    assert (status, body) == (201, b'{"said":"hello"}')
    assert headers["content-type"] == "application/json"
    assert headers["x-request-id"] == "mine"
    assert "date" in headers
    told = serving.telemetry.metrics.exposition().decode()
    assert 'sifang_requests_total{method="POST",route="/quick",status="201"} 1.0' in told
    assert "sifang_requests_in_progress 0.0" in told


async def test_a_refusal_is_a_problem(serving: Serving) -> None:
    status, headers, body = await serving.said(b"refused")
    assert (status, headers["content-type"]) == (409, "application/problem+json")
    assert msgspec.json.decode(body)["code"] == "taken"
    status, headers, body = await serving.said(b"full")
    assert (status, msgspec.json.decode(body)["code"]) == (503, "full")
    assert int(headers["retry-after"]) > 0


@pytest.mark.parametrize("body", [b"unfit", b"failing", b"broken", b"left"])
async def test_what_it_leaves_goes_the_ordinary_way(serving: Serving, body: bytes) -> None:
    status, _, document = await serving.said(body)
    assert (status, document) == (200, b"ordinary " + body)
    assert serving.route.heard == [body]


@pytest.mark.parametrize(
    ("headers", "path"),
    [((), "/other"), (("expect: 100-continue",), "/quick"), (("transfer-encoding: chunked",), "/quick")],
)
async def test_what_has_no_quick_way(serving: Serving, headers: tuple[str, ...], path: str) -> None:
    line = await serving.open()
    chunked = headers == ("transfer-encoding: chunked",)
    lines = [f"POST {path} HTTP/1.1", "host: here", *headers, *([] if chunked else ["content-length: 3"]), "", ""]
    line.writer.write("\r\n".join(lines).encode() + (b"3\r\nabc\r\n0\r\n\r\n" if chunked else b"abc"))
    if "expect: 100-continue" in headers:
        assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    assert (await line.hear())[2] == b"ordinary abc"
    assert serving.route.heard == []
    await line.close()


async def test_a_path_may_have_one_part_in_braces(serving: Serving) -> None:
    assert (await serving.said(b"x", path="/of/1/quick"))[2] == b'{"said":"x"}'
    told = serving.telemetry.metrics.exposition().decode()
    assert 'sifang_requests_total{method="POST",route="/of/{thing}/quick",status="201"} 1.0' in told
    for path in ("/of/1/2/quick", "/of/quick", "/of/1/quick/", "/off/1/quick"):
        assert (await serving.said(b"x", path=path))[2] == b"ordinary x", path


async def test_a_large_body_in_pieces_and_one_too_large(serving: Serving) -> None:
    large = b"x" * (LIMIT - 1)
    status, _, body = await serving.said(large)
    assert (status, len(body)) == (201, LIMIT - 1 + len('{"said":""}'))
    assert (await serving.said(large + b"xx"))[2] == b"ordinary " + b"x" * 20


async def test_several_on_one_connection_are_answered_in_order(serving: Serving) -> None:
    """Sent without waiting: quick ones and ordinary ones, while the first is still being decided."""
    serving.route.holding = True
    line = await serving.open()
    line.send(b"first")
    line.send(b"other", path="/other")
    line.send(b"unfit")
    line.send(b"last")
    while not serving.route.held:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    serving.route.holding = False
    serving.route.held[0].set_result(b"first")
    answers = [(await line.hear())[2] for _ in range(4)]
    assert answers == [b'{"said":"first"}', b"ordinary other", b"ordinary unfit", b'{"said":"last"}']
    await line.close()


async def test_answers_that_nobody_reads_do_not_pile_up(serving: Serving) -> None:
    line, requests = await serving.open(), 60
    for number in range(requests):
        line.send(b"%02d" % number + b"x" * 300_000)
    await asyncio.sleep(0.5)
    assert len(serving.route.heard) < requests
    answers = [(await line.hear())[2] for _ in range(requests)]
    assert [answer.removeprefix(b'{"said":"').removeprefix(b"ordinary ")[:2] for answer in answers] == [
        b"%02d" % number for number in range(requests)
    ]
    await line.close()


async def test_many_refused_at_once_on_one_connection(serving: Serving) -> None:
    """Each answer begins the next request, which is refused at once, and so on."""
    serving.route.holding = True
    line, requests = await serving.open(), 600
    line.send(b"first")
    for _ in range(requests):
        line.send(b"full")
    while not serving.route.held:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.05)
    serving.route.held[0].set_result(b"first")
    answers = [(await line.hear())[0] for _ in range(1 + requests)]
    assert answers == [201] + [503] * requests
    await line.close()


@pytest.mark.parametrize(("header", "version"), [("connection: close", "1.1"), ("x: y", "1.0")])
async def test_a_connection_that_is_to_end(serving: Serving, header: str, version: str) -> None:
    line = await serving.open()
    line.send(b"bye", header, version=version)
    status, headers, body = await line.hear()
    assert (status, headers["connection"], body) == (201, "close", b'{"said":"bye"}')
    assert await line.reader.read() == b""
    await line.close()


async def test_who_goes_away_disturbs_nobody(serving: Serving) -> None:
    serving.route.holding = True
    gone, stays = await serving.open(), await serving.open()
    gone.send(b"gone")
    stays.send(b"stays")
    while len(serving.route.held) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    gone.writer.transport.abort()
    half = await serving.open()
    half.writer.write(b"POST /quick HTTP/1.1\r\nhost: here\r\ncontent-length: 10\r\n\r\nhalf")
    await half.writer.drain()
    half.writer.transport.abort()
    await asyncio.sleep(0.05)
    for outcome in serving.route.held:
        outcome.set_result(b"there")
    assert (await stays.hear())[2] == b'{"said":"there"}'
    assert b"sifang_requests_in_progress 0.0" in serving.telemetry.metrics.exposition()
    await stays.close()


async def test_a_stop_waits_for_what_is_being_decided() -> None:
    async with _serving() as one:
        one.route.holding = True
        line = await one.open()
        line.send(b"late")
        while not one.route.held:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        one.server.told.set()
        await asyncio.sleep(0.1)
        one.route.held[0].set_result(b"late")
        status, headers, body = await line.hear()
        await line.close()
    assert (status, headers["connection"], body) == (201, "close", b'{"said":"late"}')

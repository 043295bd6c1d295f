"""What a service writes within one step leaves as one piece, in order, and before the connection ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive, Scope, Send

from chassis.one_write import OneWriteProtocol
from tests.serving import running

SMALL = b"x" * 300
LARGE = b"y" * 3_000_000


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    parts = [LARGE, SMALL] if scope["path"] == "/large" else [SMALL]
    length = str(sum(map(len, parts))).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    for number, part in enumerate(parts):
        await send({"type": "http.response.body", "body": part, "more_body": number < len(parts) - 1})


@asynccontextmanager
async def _served() -> AsyncIterator[int]:
    async with running(_application, http=OneWriteProtocol) as (_, port):
        yield port


async def _ask(port: int, path: str, *headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"GET {path} HTTP/1.1", "host: here", *headers, "", ""]
    writer.write("\r\n".join(lines).encode())
    return reader, writer


async def test_head_and_body_come_together() -> None:
    async with _served() as port:
        reader, writer = await _ask(port, "/small")
        assert (await reader.read(65536)).endswith(b"\r\n\r\n" + SMALL)
        writer.close()
        await writer.wait_closed()


async def test_several_answers_on_one_connection() -> None:
    async with _served() as port:
        reader, writer = await _ask(port, "/small")
        assert (await reader.read(65536)).endswith(SMALL)
        writer.write(b"GET /small HTTP/1.1\r\nhost: here\r\n\r\n")
        assert (await reader.read(65536)).endswith(SMALL)
        writer.close()
        await writer.wait_closed()


async def test_nothing_is_lost_when_the_answer_ends_the_connection() -> None:
    async with _served() as port:
        reader, writer = await _ask(port, "/large", "connection: close")
        answer = await reader.read()
        assert answer.partition(b"\r\n\r\n")[2] == LARGE + SMALL
        writer.close()
        await writer.wait_closed()


async def test_what_is_no_request_is_answered_and_cut() -> None:
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"nonsense\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()
        await writer.wait_closed()

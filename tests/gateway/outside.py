"""A service behind the door that does on demand what services do on bad days: plain HTTP/1.1 by hand, on a port of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

TURNS = 20
HEADERS = (
    "content-type: application/json\r\nconnection: x-of-this-connection\r\nx-of-this-connection: 1\r\n"
    "set-cookie: stray=1\r\nidempotency-replayed: true\r\n"
)


@dataclass
class Outside:
    """What it was asked. Query: `sleep` seconds before the answer, `break` to hang up, `status`, `location`, `stream`, `cut`."""

    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)
    _gone: bool = False
    _answering: dict["asyncio.Task[None]", asyncio.StreamWriter] = field(default_factory=dict)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Known from the first moment on: a task that is cancelled before it begins closes nothing."""
        if self._gone:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._answer(reader, writer))
        self._answering[task] = writer
        task.add_done_callback(self._answered)

    def _answered(self, task: "asyncio.Task[None]") -> None:
        self._answering.pop(task).close()

    async def hang_up(self) -> None:
        """Also on those who are only just being let in: that takes some turns of the loop."""
        self._gone = True
        answering = list(self._answering)
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._answer_one(reader, writer)

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await _read(reader)
        if heard["path"] == "/v1/events" and "sleep" not in heard["query"]:
            await self._no_news(writer)
            return
        self.seen.append(heard)
        query = {name: values[0] for name, values in parse_qs(heard["query"]).items()}
        await asyncio.sleep(float(query.get("sleep", "0")))
        if "break" in query and len(self.seen) <= int(query["break"]):
            return
        extra = f"location: {query['location'].replace('SELF', self.url)}\r\n" if "location" in query else ""
        body = json.dumps(heard).encode()
        if "stream" in query:
            writer.write(f"HTTP/1.1 200 OK\r\n{HEADERS}transfer-encoding: chunked\r\n\r\n".encode())
            for part in (b"first ", b"second ", b"third"):
                writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
                if "cut" in query:
                    return
            writer.write(b"0\r\n\r\n")
        else:
            status = query.get("status", "200")
            head = f"HTTP/1.1 {status} Said\r\n{HEADERS}{extra}content-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + (b"" if heard["method"] == "HEAD" else body))
        await writer.drain()

    async def _no_news(self, writer: asyncio.StreamWriter) -> None:
        """For the gateway's own feed, which is nothing that a test asked."""
        await asyncio.sleep(0.3)
        page = b'{"items": [], "next": 0}'
        writer.write(f"HTTP/1.1 200 OK\r\n{HEADERS}content-length: {len(page)}\r\n\r\n".encode() + page)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> dict[str, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    path, _, query = target.partition("?")
    body = b""
    if "chunked" in headers.get("transfer-encoding", ""):
        while size := int(await reader.readuntil(b"\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return {"method": method, "path": path, "query": query, "headers": headers, "body": body.decode("latin-1")}


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    here = Outside()
    server = await asyncio.start_server(here.connected, "127.0.0.1", 0)
    here.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield here
    finally:
        server.close()
        await here.hang_up()

"""The least a server can do: it answers 201 with a transfer's length of bytes to whatever it hears. `python -m benchmarks.echo`."""

import asyncio
import sys
from typing import cast

import uvloop

from benchmarks.wire import length_of

BODY = b'{"echo":"' + b"x" * 420 + b'"}'
ANSWER = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._heard = b""

    def data_received(self, data: bytes) -> None:
        self._heard = heard = self._heard + data if self._heard else data
        wanted = length_of(heard)
        if wanted is not None and len(heard) >= wanted:
            self._heard = b""
            self._transport.write(ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends when whoever started us closes our input.
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(_serve())

"""HTTP/1.1 as bytes, by hand: a request is built once and sent as it is, of an answer only what decides is read.

The load shares two cores with what it measures: a client library would cost more than the service.
"""

import json
import socket
from dataclasses import dataclass
from typing import Any

CHUNK = 1 << 18
_LENGTH = b"content-length: "
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Address:
    """Where a process of the service listens, and the caller's token."""

    host: str
    port: int
    token: str

    def head(self, method: str, path: str, length: int, *more: str) -> bytes:
        """The head of a request whose body has `length` bytes. more: further header lines, such as `Idempotency-Key: …`."""
        lines = [
            f"{method} {path} HTTP/1.1",
            f"host: {self.host}:{self.port}",
            f"authorization: Bearer {self.token}",
            "content-type: application/json",
            f"content-length: {length}",
            *more,
        ]
        return "\r\n".join(lines).encode() + _HEAD_END

    def connect(self, seconds: float) -> socket.socket:
        """A connection without Nagle's delay; an operation on it that takes longer raises TimeoutError."""
        connection = socket.create_connection((self.host, self.port), seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def length_of(heard: bytes) -> int | None:
    """Bytes of the whole answer that begins here; None while its head is not whole. Raises ValueError without a length."""
    head = heard.find(_HEAD_END)
    if head < 0:
        return None
    at = heard.find(_LENGTH, 0, head)
    if at < 0:
        raise ValueError(f"an answer without a length: {heard[:200]!r}")
    return head + 4 + int(heard[at + 16 : heard.find(b"\r", at)])


def status_of(answer: bytes) -> int:
    return int(answer[9:12])


def body_of(answer: bytes) -> bytes:
    return answer[answer.index(_HEAD_END) + 4 :]


def ask(connection: socket.socket, request: bytes) -> bytes:
    """Send a request on a blocking connection and wait for the whole answer. Raises ConnectionError when it is cut."""
    connection.sendall(request)
    chunks: list[bytes] = []
    heard, wanted = 0, None
    while wanted is None or heard < wanted:
        chunk = connection.recv(CHUNK)
        if not chunk:
            raise ConnectionError("the service closed the connection before its answer was whole")
        chunks.append(chunk)
        heard += len(chunk)
        if wanted is None:
            chunks = [b"".join(chunks)]
            wanted = length_of(chunks[0])
    return b"".join(chunks)


def call(address: Address, method: str, path: str, body: object | None = None, *more: str, seconds: float = 60) -> Any:
    """One call on a connection of its own; the JSON of a 2xx answer. Raises RuntimeError with any other."""
    sent = b"" if body is None else json.dumps(body).encode()
    with address.connect(seconds) as connection:
        answer = ask(connection, address.head(method, path, len(sent), *more) + sent)
    if status_of(answer) // 100 != 2:
        raise RuntimeError(f"{method} {path} answered {status_of(answer)}: {body_of(answer)[:500]!r}")
    return json.loads(body_of(answer))

"""Connections that each have one request under way, and what was heard on them. Both loops of the load are made of these.

One thread, one selector, requests that are already bytes: about ten microseconds of processor time a request, most of it the
kernel's (`python -m benchmarks load_generator` measures it).
"""

import gc
import selectors
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.wire import CHUNK, Address, body_of, length_of, status_of

CREATED = 201
PATIENCE_SECONDS = 30.0

NextRequest = Callable[[], bytes]


@dataclass
class Tally:
    """What was heard. created, waits: within the measured window alone; every: all answers of the run by status."""

    seconds: float = 0.0
    created: int = 0
    every: "Counter[int]" = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    refusal: bytes | None = None

    @property
    def rate(self) -> float:
        return self.created / self.seconds

    def wait_at(self, share: float) -> float:
        """The time in seconds within which that share of the window's requests was answered."""
        return at_share(self.waits, share)

    def hear(self, answer: bytes) -> bool:
        """Count an answer by its status; whether it created something."""
        status = status_of(answer)
        self.every[status] += 1
        if status == CREATED:
            return True
        self.refusal = self.refusal or body_of(answer)
        return False

    def count(self, wait: float) -> None:
        self.created += 1
        self.waits.append(wait)


@dataclass(slots=True)
class Line:
    """One connection. since: from when the wait of the request under way is counted; heard: the part of its answer that has come."""

    socket: socket.socket
    next_request: NextRequest
    since: float = 0.0
    heard: bytes = b""

    def send(self, since: float) -> None:
        self.since, self.heard = since, b""
        # Some hundred bytes into an empty buffer: never cut short.
        self.socket.send(self.next_request())

    def hear(self) -> bytes | None:
        """The answer, once it is whole."""
        chunk = self.socket.recv(CHUNK)
        if not chunk:
            raise ConnectionError("the service closed a connection in the middle of the run")
        heard = self.heard + chunk if self.heard else chunk
        wanted = length_of(heard)
        if wanted is not None and len(heard) >= wanted:
            return heard
        self.heard = heard
        return None


@contextmanager
def open_lines(
    addresses: Sequence[Address],
    requests: Sequence[NextRequest],
    connections: int,
    line_of: Callable[[socket.socket, NextRequest], Line] = Line,
) -> Iterator[tuple[list[Line], selectors.BaseSelector]]:
    """`connections` shared out over the addresses, each with what makes its next request, and a selector that hears them all.

    line_of: another kind of line, such as one whose next request follows from the answer before.
    """
    lines: list[Line] = []
    with selectors.DefaultSelector() as selector, _undisturbed():
        try:
            for number in range(connections):
                which = number % len(addresses)
                opened = addresses[which].connect(PATIENCE_SECONDS)
                line = line_of(opened, requests[which])
                lines.append(line)
                selector.register(opened, selectors.EVENT_READ, line)
            yield lines, selector
        finally:
            for line in lines:
                line.socket.close()


def at_share(waits: Sequence[float], share: float) -> float:
    """The wait that this share of them does not pass; zero of none."""
    ordered = sorted(waits)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No collection of garbage in between: nothing here is cyclic."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

"""A closed loop over many connections: each has one request under way and sends the next when its answer is whole.

One thread, one selector, requests that are already bytes: about ten microseconds of processor time a request, most of it the
kernel's (`python -m benchmarks load_generator` measures it).
"""

import gc
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.wire import CHUNK, Address, body_of, length_of, status_of

CREATED = 201
PATIENCE_SECONDS = 30.0
MOST_REQUESTS = 5_000_000

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
        ordered = sorted(self.waits)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


@dataclass(slots=True)
class _Line:
    """One connection. sent_at: when the request under way went out; heard: the part of its answer that has come."""

    socket: socket.socket
    next_request: NextRequest
    sent_at: float = 0.0
    heard: bytes = b""
    busy: bool = False

    def send(self, now: float) -> None:
        self.sent_at, self.busy, self.heard = now, True, b""
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


def drive(
    addresses: Sequence[Address],
    requests: Sequence[NextRequest],
    *,
    connections: int,
    seconds: float,
    warm_up: float = 0.0,
    most: int = MOST_REQUESTS,
) -> Tally:
    """Keep `connections` busy, shared out over the addresses, for warm_up + seconds, at most `most` requests.

    requests: for each address, what makes its next request. Raises TimeoutError when no answer comes for PATIENCE_SECONDS.
    """
    with _lines(addresses, requests, connections) as (lines, selector), _undisturbed():
        return _Run(lines, selector, warm_up, seconds, most).drive()


class _Run:
    def __init__(
        self, lines: list[_Line], selector: selectors.BaseSelector, warm_up: float, seconds: float, most: int
    ) -> None:
        self._lines = lines
        self._selector = selector
        self._most = most
        self._tally = Tally()
        began = time.perf_counter()
        self._opens, self._closes = began + warm_up, began + warm_up + seconds

    def drive(self) -> Tally:
        now = time.perf_counter()
        for first in self._lines:
            first.send(now)
        started = under_way = len(self._lines)
        tally, last = self._tally, now
        while under_way:
            ready = self._selector.select(PATIENCE_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer for {PATIENCE_SECONDS:.0f} s, {under_way} requests under way")
            now = time.perf_counter()
            for key, _ in ready:
                line: _Line = key.data
                answer = line.hear()
                if answer is None:
                    continue
                self._count(answer, now, line)
                last = now
                if now < self._closes and started < self._most:
                    line.send(now)
                    started += 1
                else:
                    under_way -= 1
        tally.seconds = min(self._closes, last) - self._opens
        return tally

    def _count(self, answer: bytes, now: float, line: _Line) -> None:
        tally = self._tally
        status = status_of(answer)
        tally.every[status] += 1
        if status != CREATED:
            tally.refusal = tally.refusal or body_of(answer)
        elif self._opens <= now <= self._closes:
            tally.created += 1
            tally.waits.append(now - line.sent_at)


@contextmanager
def _lines(
    addresses: Sequence[Address], requests: Sequence[NextRequest], connections: int
) -> Iterator[tuple[list[_Line], selectors.BaseSelector]]:
    lines: list[_Line] = []
    with selectors.DefaultSelector() as selector:
        try:
            for number in range(connections):
                which = number % len(addresses)
                opened = addresses[which].connect(PATIENCE_SECONDS)
                line = _Line(opened, requests[which])
                lines.append(line)
                selector.register(opened, selectors.EVENT_READ, line)
            yield lines, selector
        finally:
            for line in lines:
                line.socket.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No collection of garbage in between: nothing here is cyclic."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

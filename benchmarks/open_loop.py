"""An open loop: requests are due at instants that were fixed before, whatever the answers do.

A wait is counted from the instant at which the request was due, not from when a connection was free for it: a service that stands
still for a second makes all who would have come in that second wait (no coordinated omission). The gaps are exponential, as between callers
who know nothing of each other. What the load itself sends late, up to a millisecond by its selector, counts as the service's.
"""

import random
import selectors
import time
from collections.abc import Iterator, Sequence

from benchmarks.lines import PATIENCE_SECONDS, Line, NextRequest, Tally, open_lines
from benchmarks.wire import Address


def pace(
    addresses: Sequence[Address],
    requests: Sequence[NextRequest],
    *,
    connections: int,
    rate: float,
    seconds: float,
    warm_up: float = 0.0,
    seed: int = 1,
) -> Tally:
    """Send `rate` requests a second on at most `connections`, for warm_up + seconds; every one that was due is waited for.

    Raises TimeoutError when no answer comes for PATIENCE_SECONDS, or the last is not there so long after the end.
    """
    with open_lines(addresses, requests, connections) as (lines, selector):
        return _Run(lines, selector, rate, warm_up, seconds, seed).drive()


class _Run:
    def __init__(
        self,
        lines: list[Line],
        selector: selectors.BaseSelector,
        rate: float,
        warm_up: float,
        seconds: float,
        seed: int,
    ) -> None:
        self._free = lines
        self._lines = len(lines)
        self._selector = selector
        self._tally = Tally(seconds=seconds)
        began = time.perf_counter()
        self._opens, self._closes = began + warm_up, began + warm_up + seconds
        self._due = _instants(began, self._closes, rate, seed)

    def drive(self) -> Tally:
        following = next(self._due, None)
        while following is not None or len(self._free) < self._lines:
            now = time.perf_counter()
            if now > self._closes + PATIENCE_SECONDS:
                raise TimeoutError(f"requests still wait {PATIENCE_SECONDS:.0f} s after the last was due")
            while following is not None and following <= now and self._free:
                self._free.pop().send(following)
                following = next(self._due, None)
            self._hear(self._patience(following))
        return self._tally

    def _patience(self, following: float | None) -> float:
        """How long answers may be waited for; with no free connection, until one comes."""
        if following is None or not self._free:
            return PATIENCE_SECONDS
        return max(0.0, following - time.perf_counter())

    def _hear(self, patience: float) -> None:
        ready = self._selector.select(patience)
        if not ready and patience == PATIENCE_SECONDS:
            raise TimeoutError(f"no answer for {PATIENCE_SECONDS:.0f} s")
        now = time.perf_counter()
        for key, _ in ready:
            line: Line = key.data
            answer = line.hear()
            if answer is None:
                continue
            if self._tally.hear(answer) and line.since >= self._opens:
                self._tally.count(now - line.since)
            self._free.append(line)


def _instants(began: float, closes: float, rate: float, seed: int) -> Iterator[float]:
    chance = random.Random(seed)
    instant = began + chance.expovariate(rate)
    while instant < closes:
        yield instant
        instant += chance.expovariate(rate)

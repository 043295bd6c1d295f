"""A closed loop over many connections: each has one request under way and sends the next when its answer is whole."""

import selectors
import socket
import time
from collections.abc import Callable, Sequence

from benchmarks.lines import PATIENCE_SECONDS, Line, NextRequest, Tally, open_lines
from benchmarks.wire import Address

MOST_REQUESTS = 5_000_000


def drive(
    addresses: Sequence[Address],
    requests: Sequence[NextRequest],
    *,
    connections: int,
    seconds: float,
    warm_up: float = 0.0,
    most: int = MOST_REQUESTS,
    line_of: Callable[[socket.socket, NextRequest], Line] = Line,
) -> Tally:
    """Keep `connections` busy, shared out over the addresses, for warm_up + seconds, at most `most` requests.

    requests: for each address, what makes its next request. Raises TimeoutError when no answer comes for PATIENCE_SECONDS.
    """
    with open_lines(addresses, requests, connections, line_of) as (lines, selector):
        return _Run(lines, selector, warm_up, seconds, most).drive()


class _Run:
    def __init__(
        self, lines: list[Line], selector: selectors.BaseSelector, warm_up: float, seconds: float, most: int
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
                line: Line = key.data
                answer = line.hear()
                if answer is None:
                    continue
                if tally.hear(answer) and self._opens <= now <= self._closes:
                    tally.count(now - line.since)
                last = now
                if now < self._closes and started < self._most:
                    line.send(now)
                    started += 1
                else:
                    under_way -= 1
        tally.seconds = min(self._closes, last) - self._opens
        return tally

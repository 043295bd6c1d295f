"""A circuit breaker: after repeated failure a neighbour is left alone for a while, then tried by one call."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES_TO_OPEN = 8
REST_SECONDS = 5.0


@dataclass
class Breaker:
    """Counts failures in a row. `permits()` is asked before a try, `succeeded()`/`failed()` told after it."""

    failures_to_open: int = FAILURES_TO_OPEN
    rest_seconds: float = REST_SECONDS
    clock: Callable[[], float] = time.monotonic
    _failures: int = field(default=0, init=False)
    _opened_at: float | None = field(default=None, init=False)

    def permits(self) -> bool:
        if self._opened_at is None:
            return True
        if self.clock() - self._opened_at < self.rest_seconds:
            return False
        # One probe goes through; until it reports, the others are still kept away.
        self._opened_at = self.clock()
        return True

    def succeeded(self) -> None:
        self._failures = 0
        self._opened_at = None

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= self.failures_to_open:
            self._opened_at = self.clock()

"""A circuit breaker: after repeated failure a neighbour is left alone for a while, then tried by one call."""

import math
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
    _failed_at: float = field(default=-math.inf, init=False)
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

    def failed(self, *, began: float | None = None) -> None:
        """began: by `clock`, when a try began whose connection broke off. All that were under way to one process of the neighbour break
        off together when it ends, while its other processes serve: they count once."""
        now = self.clock()
        if began is not None and began < self._failed_at:
            return
        self._failed_at = now
        self._failures += 1
        if self._failures >= self.failures_to_open:
            self._opened_at = now

"""How many things a second a function makes in this process, measured by doing it again and again."""

import time
from collections.abc import Callable

SHORTEST_SECONDS = 0.2


def things_a_second(make: Callable[[], object], things: int, seconds: float) -> float:
    """`make` makes `things` a call; called until the time is over, at least three times. The fastest call counts.

    On a shared machine the fastest is the one that was least disturbed: both sides of a ratio are measured so.
    """
    fastest, until, calls = float("inf"), time.perf_counter() + max(seconds, SHORTEST_SECONDS), 0
    while calls < 3 or time.perf_counter() < until:
        began = time.perf_counter()
        make()
        fastest = min(fastest, time.perf_counter() - began)
        calls += 1
    return things / fastest

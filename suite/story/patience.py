"""Calls that outlast the loss of a service: each has its key, so that asking again does nothing twice; and waiting has an end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from clients.errors import ClientError, DeadlineExceeded, Refused, Unreachable

PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.15
# Refusals that say "not now": another call has the key, or there were too many of them.
_PASSING = frozenset({"in_progress", "too_many_requests", "too_many_tries"})
Answer = TypeVar("Answer")


class StoryFault(Exception):
    """The story cannot go on; the message is one line."""


async def patiently(ask: Callable[[], Awaitable[Answer]], seconds: float = PATIENCE_SECONDS) -> Answer:
    """The answer, asked for until there is one. Raises Refused at once, and the last fault when patience ends."""
    until = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except (Unreachable, DeadlineExceeded, Refused) as fault:
            if not _passes(fault) or time.monotonic() > until:
                raise
            await asyncio.sleep(max(2 * PAUSE_SECONDS, _asked_to_wait(fault)))


async def until(
    ask: Callable[[], Awaitable[Answer]],
    done: Callable[[Answer], bool],
    what: str,
    seconds: float = PATIENCE_SECONDS,
) -> Answer:
    """The first answer that is `done`. Raises StoryFault when none came in time."""
    answer = await within(ask, done, seconds)
    if answer is None:
        raise StoryFault(f"{what} did not come about in {seconds:g} s")
    return answer


async def within(ask: Callable[[], Awaitable[Answer]], done: Callable[[Answer], bool], seconds: float) -> Answer | None:
    """The first answer that is `done`; None when there was none in time."""
    end = time.monotonic() + seconds
    while True:
        answer = await patiently(ask)
        if done(answer):
            return answer
        if time.monotonic() > end:
            return None
        await asyncio.sleep(PAUSE_SECONDS)


def _passes(fault: ClientError) -> bool:
    return not isinstance(fault, Refused) or fault.code in _PASSING


def _asked_to_wait(fault: ClientError) -> float:
    seconds = fault.facts.get("retry_after_seconds", 0) if isinstance(fault, Refused) else 0
    return min(30.0, float(seconds))

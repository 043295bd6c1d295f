"""Hearing of a stop when it is asked for, not when the last request has ended; and ending what runs in the background."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterable
from types import FrameType
from typing import Any, TypeVar

import structlog

SIGNALS = (signal.SIGTERM, signal.SIGINT)
CANCELS = 10
BETWEEN_CANCELS_SECONDS = 1.0
UNBROKEN_SECONDS = 2.0
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


async def end(tasks: "Iterable[asyncio.Task[None]]") -> None:
    """Cancel and wait, at most CANCELS seconds. Asked again each second: a cancel is lost where a fault takes its place, such as
    that of a rollback on a dead connection, and a stop must not wait for ever on a task that went on."""
    running = set(tasks)
    for _ in range(CANCELS):
        for task in running:
            task.cancel()
        if not running:
            return
        ended, running = await asyncio.wait(running, timeout=BETWEEN_CANCELS_SECONDS)
        for task in ended:
            # Looked at, or the loop would complain that nobody did.
            if not task.cancelled() and (fault := task.exception()) is not None:
                log.warning("ended_with", task=task.get_name(), fault=type(fault).__name__)
    if running:
        log.error("stopped_without", tasks=sorted(task.get_name() for task in running))


async def unbroken(step: Awaitable[Result], seconds: float = UNBROKEN_SECONDS) -> Result:
    """Await a short step to its end though the task that asks is cancelled meanwhile, so much longer at most.

    A statement that is cut in its middle costs its connection, and the driver leaves a fault behind that nobody looks at.
    """
    running = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        try:
            await asyncio.wait([running], timeout=seconds)
        finally:
            if not running.cancel() and not running.cancelled():
                running.exception()  # looked at, or the loop would complain that nobody did
        raise


def on_stop_signal(release: Callable[[], None]) -> Callable[[], None]:
    """Call `release` in this loop when the process is told to stop, before whoever listened until now; answers the undoing.

    The server tells its application of a stop only after the requests under way have ended: those that wait for news would
    hold it up until their time is over.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in SIGNALS}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(release)
        earlier = before[signal.Signals(number)]
        if callable(earlier):
            earlier(number, frame)

    # Only where somebody else ends the process: with nobody listening, a signal ends it by itself.
    heard = [number for number, earlier in before.items() if callable(earlier)]
    for number in heard:
        signal.signal(number, told)

    def undo() -> None:
        for number in heard:
            if signal.getsignal(number) is told:
                signal.signal(number, before[number])

    return undo

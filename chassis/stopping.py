"""Hearing of a stop when it is asked for, not when the last request has ended."""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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

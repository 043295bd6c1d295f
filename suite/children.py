"""Processes that must not outlive us."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def end_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child does before it becomes its program: ask Linux for a signal when its parent ends, even by kill -9.

    The signal comes when the *thread* that started the child ends: start children from the main thread. Elsewhere than on Linux
    there is no such wish; a supervisor that is killed then leaves children, which the next start finds and stops.
    """
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        library.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it ended in between
            os._exit(1)

    return ask

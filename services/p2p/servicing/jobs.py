"""Closing the days that have ended, one after another, as many as were missed."""

from typing import Any

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.servicing import actions
from services.p2p.servicing.model import CloseState, DayClose

P2P = service_caller("p2p")
MOST_DAYS = 31
"""Of one run; the next goes on."""


async def close_days(runtime: Runtime, payload: dict[str, Any]) -> None:
    await close_ended(runtime)


async def close_ended(runtime: Runtime) -> None:
    """Every day that has ended, in order. Cut off, it goes on with the next slice."""
    for _ in range(MOST_DAYS):
        close = await commands.perform(runtime, actions.next_close, P2P, seed="p2p.day_close.next")
        if close is None:
            return
        while close.state is not CloseState.CLOSED:
            close = await _slice(runtime, close)


async def _slice(runtime: Runtime, close: DayClose) -> DayClose:
    seed = f"p2p.day_close\0{close.day}\0{close.after_loan}"
    return await commands.perform(runtime, actions.close_slice, P2P, seed=seed, day=close.day)

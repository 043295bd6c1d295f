"""What falls due by itself."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.risk import parking_actions as actions

PAYMENTS = service_caller("payments")


async def end_parked(runtime: Runtime) -> None:
    """Refuse every parked payment whose time has passed, batch by batch."""
    await _all(runtime, actions.end_over, actions.LAPSED_AT_ONCE)


async def forget_decisions(runtime: Runtime) -> None:
    """Delete what is older than it is kept, slice by slice."""
    await _all(runtime, actions.forget_old, 1)


async def _all(runtime: Runtime, action: Callable[..., Awaitable[Any]], batch: int) -> None:
    while await commands.perform(runtime, action, PAYMENTS, seed=_seed("due")) >= batch:
        pass


def _seed(what: str) -> str:
    return f"risk {what} {uuid4()}"

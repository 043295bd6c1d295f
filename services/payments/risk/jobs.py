"""What falls due by itself; and challenges, whose answer is proved outside any transaction."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.runtime import Runtime
from services.payments.confirmations.proving import prove
from services.payments.risk import parking_actions as actions
from services.payments.risk.model import Parking

PAYMENTS = service_caller("payments")


async def answer(runtime: Runtime, caller: Caller, decision_id: UUID, password: str) -> Parking:
    """By the payment password. A try counts before anybody looks; after the fifth wrong one the payment is refused.

    Raises UnknownDecision, ChallengeNotOpen, and what `prove` raises.
    """
    facts: dict[str, Any] = {"decision_id": decision_id}
    await commands.perform(runtime, actions.count_try, caller, seed=_seed("try"), **facts)
    try:
        await prove(runtime, caller, password)
    except Refusal:
        await commands.perform(runtime, actions.miss, caller, seed=_seed("miss"), **facts)
        raise
    return await commands.perform(runtime, actions.answer_challenge, caller, seed=_seed("answer"), **facts)


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

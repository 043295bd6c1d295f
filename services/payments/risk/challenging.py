"""Whether the answer to a challenge is right: outside any transaction, since a wrong one must stay counted."""

from typing import Any
from uuid import UUID, uuid4

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.runtime import Runtime
from services.payments.confirmations.proving import prove
from services.payments.risk import parking_actions as actions
from services.payments.risk.model import Parking


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


def _seed(what: str) -> str:
    return f"risk {what} {uuid4()}"

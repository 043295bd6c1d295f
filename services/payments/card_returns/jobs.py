"""Bringing back money to its card, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.card_returns import actions
from services.payments.channels.jobs import ask_about, resolve_due, seed_of
from services.payments.channels.model import CARD_RETURN, BankAnswer, Instruction

PAYMENTS = service_caller("payments")


async def return_to_card(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the way back, and record it."""
    return_id = UUID(payload["id"])

    async def record(attempt: Instruction, answer: BankAnswer) -> Instruction | None:
        return await commands.perform(
            runtime,
            actions.record_return_answer,
            PAYMENTS,
            seed=seed_of(attempt),
            return_id=return_id,
            instruction_id=attempt.id,
            answer=answer,
        )

    await ask_about(runtime, return_id, record)


async def resolve_card_returns(runtime: Runtime) -> None:
    """Ask about every return whose next query is due."""
    await resolve_due(runtime, CARD_RETURN, return_to_card)

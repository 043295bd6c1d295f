"""Bringing back what was taken twice, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.channels.jobs import ask_about, resolve_due, seed_of
from services.payments.channels.model import SURPLUS_REFUND, BankAnswer, Instruction
from services.payments.surplus_charges import actions

PAYMENTS = service_caller("payments")


async def return_surplus(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the way back, and record it."""
    surplus_id = UUID(payload["id"])

    async def record(attempt: Instruction, answer: BankAnswer) -> Instruction | None:
        return await commands.perform(
            runtime,
            actions.record_refund_answer,
            PAYMENTS,
            seed=seed_of(attempt),
            surplus_id=surplus_id,
            instruction_id=attempt.id,
            answer=answer,
        )

    await ask_about(runtime, surplus_id, record)


async def return_due_surplus(runtime: Runtime) -> None:
    """Ask about every refund whose next query is due."""
    await resolve_due(runtime, SURPLUS_REFUND, return_surplus)

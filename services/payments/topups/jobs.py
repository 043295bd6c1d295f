"""Collecting from cards, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.channels.jobs import ask_about, resolve_due, seed_of
from services.payments.channels.model import TOP_UP, BankAnswer, Instruction
from services.payments.topups import actions

PAYMENTS = service_caller("payments")


async def collect_top_up(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the charge, and record it."""
    top_up_id = UUID(payload["id"])

    async def record(attempt: Instruction, answer: BankAnswer) -> Instruction | None:
        return await commands.perform(
            runtime,
            actions.record_top_up_answer,
            PAYMENTS,
            seed=seed_of(attempt),
            top_up_id=top_up_id,
            instruction_id=attempt.id,
            answer=answer,
        )

    await ask_about(runtime, top_up_id, record)


async def resolve_top_ups(runtime: Runtime) -> None:
    """Ask about every charge whose next query is due."""
    await resolve_due(runtime, TOP_UP, collect_top_up)

"""Collecting from cards, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.channels.directory import Channels
from services.payments.channels.jobs import ask_bank, resolve_due
from services.payments.channels.model import InstructionKind
from services.payments.channels.queries import instruction_with
from services.payments.topups import actions, queries

PAYMENTS = service_caller("payments")


async def collect_top_up(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the card's bank says of the charge, and record it."""
    async with runtime.reading() as connection:
        top_up = await queries.top_up_with(connection, UUID(payload["id"]))
        instruction = await instruction_with(connection, top_up.instruction_id) if top_up else None
    if top_up is None or instruction is None or instruction.due_at is None:
        return
    answer = await ask_bank(runtime, instruction)
    await commands.perform(
        runtime,
        actions.record_top_up_answer,
        PAYMENTS,
        seed=f"top-up {top_up.id} {instruction.state} {instruction.asked}",
        top_up_id=top_up.id,
        answer=answer,
        finality=runtime.get(Channels).of(instruction.bank).finality,
    )


async def resolve_top_ups(runtime: Runtime) -> None:
    """Ask about every charge whose next query is due."""
    await resolve_due(runtime, InstructionKind.CHARGE, collect_top_up)

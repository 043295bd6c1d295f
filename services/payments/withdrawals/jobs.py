"""Paying out to cards, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.channels.directory import Channels
from services.payments.channels.jobs import ask_bank, resolve_due
from services.payments.channels.model import InstructionKind
from services.payments.channels.queries import instruction_with
from services.payments.withdrawals import actions, queries

PAYMENTS = service_caller("payments")


async def pay_out(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the bank says of the payout, and record it."""
    async with runtime.reading() as connection:
        withdrawal = await queries.withdrawal_with(connection, UUID(payload["id"]))
        instruction = await instruction_with(connection, withdrawal.instruction_id) if withdrawal else None
    if withdrawal is None or instruction is None or instruction.due_at is None:
        return
    answer = await ask_bank(runtime, instruction)
    await commands.perform(
        runtime,
        actions.record_withdrawal_answer,
        PAYMENTS,
        seed=f"withdrawal {withdrawal.id} {instruction.state} {instruction.asked}",
        withdrawal_id=withdrawal.id,
        answer=answer,
        finality=runtime.get(Channels).of(instruction.bank).finality,
    )


async def resolve_withdrawals(runtime: Runtime) -> None:
    """Ask about every payout whose next query is due."""
    await resolve_due(runtime, InstructionKind.PAYOUT, pay_out)

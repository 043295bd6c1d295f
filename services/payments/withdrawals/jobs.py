"""Paying out to cards, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.channels.jobs import ask_about, resolve_due, seed_of
from services.payments.channels.model import WITHDRAWAL, BankAnswer, Instruction
from services.payments.withdrawals import actions

PAYMENTS = service_caller("payments")


async def pay_out(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the payout, and record it."""
    withdrawal_id = UUID(payload["id"])

    async def record(attempt: Instruction, answer: BankAnswer) -> Instruction | None:
        return await commands.perform(
            runtime,
            actions.record_withdrawal_answer,
            PAYMENTS,
            seed=seed_of(attempt),
            withdrawal_id=withdrawal_id,
            instruction_id=attempt.id,
            answer=answer,
        )

    await ask_about(runtime, withdrawal_id, record)


async def resolve_withdrawals(runtime: Runtime) -> None:
    """Ask about every payout whose next query is due."""
    await resolve_due(runtime, WITHDRAWAL, pay_out)

"""Paying out to cards, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis.runtime import Runtime
from services.payments.channels.jobs import ask_about, resolve_due
from services.payments.channels.model import WITHDRAWAL
from services.payments.withdrawals import actions


async def pay_out(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the payout, and record it."""
    await ask_about(runtime, actions.record_withdrawal_answer, withdrawal_id=UUID(payload["id"]))


async def resolve_withdrawals(runtime: Runtime) -> None:
    """Ask about every payout whose next query is due."""
    await resolve_due(runtime, WITHDRAWAL, pay_out)

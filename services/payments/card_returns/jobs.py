"""Bringing back money to its card, outside any transaction."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.card_returns import actions
from services.payments.card_returns.queries import due_returns
from services.payments.channels.jobs import ask_about, resolve_due
from services.payments.channels.model import CARD_RETURN

PAYMENTS = service_caller("payments")
BATCH = 100
log = structlog.get_logger(__name__)


async def return_to_card(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the way back, and record it."""
    await ask_about(runtime, actions.record_return_answer, return_id=UUID(payload["id"]))


async def resolve_card_returns(runtime: Runtime) -> None:
    """Ask about every return whose next query is due."""
    await resolve_due(runtime, CARD_RETURN, return_to_card)


async def send_waiting_returns(runtime: Runtime) -> None:
    """Send what waited for a reserve, one transaction each; who holds up one holds up nobody else."""
    now, after = await runtime.database.now(), None
    while True:
        async with runtime.reading() as connection:
            due = await due_returns(connection, now, after, BATCH)
        for waiting in due:
            seed = f"card return {waiting.id} {uuid4()}"
            try:
                await commands.perform(runtime, actions.send_waiting, PAYMENTS, seed=seed, return_id=waiting.id)
            except Exception as fault:
                log.warning("card_return_not_sent", card_return_id=str(waiting.id), fault=type(fault).__name__)
        if len(due) < BATCH:
            return
        after = due[-1]

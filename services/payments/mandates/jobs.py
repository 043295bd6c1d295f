"""Debits on their day, and what card banks say of them; outside any transaction where a bank is asked."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.channels.jobs import ask_about, resolve_due
from services.payments.channels.model import MANDATE_DEBIT
from services.payments.mandates import actions, debiting, queries

PAYMENTS = service_caller("payments")
BATCH = 200
log = structlog.get_logger(__name__)


async def collect_debit(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the charge, and record it."""
    await ask_about(runtime, debiting.record_debit_answer, debit_id=UUID(payload["id"]))


async def work_due_mandates(runtime: Runtime) -> None:
    """Mandates that end, debits whose day has come, charges to be asked about. One that fails is due again in the next round."""
    while True:
        seed = f"end mandates {uuid4()}"
        if await commands.perform(runtime, actions.end_due_mandates, PAYMENTS, seed=seed) < actions.END_BATCH:
            break
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.due_debits(connection, now, BATCH)
    for debit_id in due:
        try:
            await _attempt(runtime, debit_id)
        except Exception as fault:
            log.warning("debit_unresolved", debit_id=str(debit_id), fault=type(fault).__name__)
    await resolve_due(runtime, MANDATE_DEBIT, collect_debit)


async def _attempt(runtime: Runtime, debit_id: UUID) -> None:
    seed = f"attempt {debit_id} {uuid4()}"
    await commands.perform(runtime, debiting.attempt_debit, PAYMENTS, seed=seed, debit_id=debit_id)

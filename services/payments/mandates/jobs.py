"""Debits on their day, and what card banks say of them; outside any transaction where a bank is asked."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.channels.directory import Channels
from services.payments.channels.jobs import ask_bank
from services.payments.channels.queries import instruction_with
from services.payments.mandates import actions, debiting, queries

PAYMENTS = service_caller("payments")
BATCH = 200
log = structlog.get_logger(__name__)


async def collect_debit(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the card's bank says of the charge, and record it."""
    async with runtime.reading() as connection:
        debit = await queries.debit_with(connection, UUID(payload["id"]))
        asked = debit.instruction_id if debit else None
        instruction = await instruction_with(connection, asked) if asked else None
    if debit is None or instruction is None or instruction.due_at is None:
        return
    answer = await ask_bank(runtime, instruction)
    await commands.perform(
        runtime,
        debiting.record_debit_answer,
        PAYMENTS,
        seed=f"debit {debit.id} {instruction.id} {instruction.state} {instruction.asked}",
        debit_id=debit.id,
        answer=answer,
        finality=runtime.get(Channels).of(instruction.bank).finality,
    )


async def work_due_mandates(runtime: Runtime) -> None:
    """Mandates that end, debits whose day has come, charges to be asked about. One that fails is due again in the next round."""
    while True:
        seed = f"end mandates {uuid4()}"
        if await commands.perform(runtime, actions.end_due_mandates, PAYMENTS, seed=seed) < actions.END_BATCH:
            break
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.due_debits(connection, now, BATCH)
        asked = await queries.debits_to_ask_about(connection, now, BATCH)
    for work, debits in ((_attempt, due), (collect_debit, asked)):
        for debit_id in debits:
            try:
                await work(runtime, {"id": str(debit_id)})
            except Exception as fault:
                log.warning("debit_unresolved", debit_id=str(debit_id), fault=type(fault).__name__)


async def _attempt(runtime: Runtime, payload: dict[str, Any]) -> None:
    debit_id = UUID(payload["id"])
    seed = f"attempt {debit_id} {uuid4()}"
    await commands.perform(runtime, debiting.attempt_debit, PAYMENTS, seed=seed, debit_id=debit_id)

"""Paying a batch, chunk by chunk, each a transaction of its own; and asking banks about lines, outside any."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.batch_payouts import actions, paying, queries
from services.payments.batch_payouts.model import BatchState
from services.payments.channels.jobs import ask_about, resolve_due
from services.payments.channels.model import PAYOUT_LINE

PAYMENTS = service_caller("payments")
BATCH = 100
log = structlog.get_logger(__name__)


async def pay_batch(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Until no line is left to begin. Cut off, it goes on with the next line that waits; two at once take turns."""
    while True:
        seed = f"batch {payload['id']} {uuid4()}"
        batch_id = UUID(payload["id"])
        if not await commands.perform(runtime, paying.pay_chunk, PAYMENTS, seed=seed, batch_id=batch_id):
            return


async def pay_line(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of a line, and record it. id: the subject of its order to a bank."""
    await ask_about(runtime, paying.record_line_answer, payout_id=UUID(payload["id"]))


async def work_due_batches(runtime: Runtime) -> None:
    """Batches nobody approved, or whose job was lost; lines to be asked about, or that nobody paid anew."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        batches = await queries.due_batches(connection, now, BATCH)
        returned = await queries.returned_due(connection, now, BATCH)
    unfinished = [batch.id for batch in batches if batch.state is BatchState.PAYING]
    lapsing = [batch.id for batch in batches if batch.state is not BatchState.PAYING]
    given_up = [line.id for line in returned]
    for work, records in ((pay_batch, unfinished), (_lapse_batch, lapsing), (_lapse_line, given_up)):
        for record_id in records:
            try:
                await work(runtime, {"id": str(record_id)})
            except Exception as fault:
                # One that fails is due again in the next round, and holds up no other.
                log.warning("batch_unresolved", record_id=str(record_id), fault=type(fault).__name__)
    await resolve_due(runtime, PAYOUT_LINE, pay_line)


async def _lapse_batch(runtime: Runtime, payload: dict[str, Any]) -> None:
    seed = f"lapse batch {payload['id']}"
    await commands.perform(runtime, actions.lapse_batch, PAYMENTS, seed=seed, batch_id=UUID(payload["id"]))


async def _lapse_line(runtime: Runtime, payload: dict[str, Any]) -> None:
    seed = f"lapse line {payload['id']} {uuid4()}"
    await commands.perform(runtime, actions.lapse_line, PAYMENTS, seed=seed, line_id=UUID(payload["id"]))

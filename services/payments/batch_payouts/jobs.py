"""Paying a batch, chunk by chunk, each a transaction of its own; and asking banks about lines, outside any."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.batch_payouts import actions, paying, queries
from services.payments.batch_payouts.model import BatchState
from services.payments.channels.directory import Channels
from services.payments.channels.jobs import ask_bank
from services.payments.channels.queries import instruction_with

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
    """Learn what the bank says of a line, and record it."""
    async with runtime.reading() as connection:
        line = await queries.line_with(connection, UUID(payload["id"]))
        asked = line.instruction_id if line else None
        instruction = await instruction_with(connection, asked) if asked else None
    if line is None or instruction is None or instruction.due_at is None:
        return
    answer = await ask_bank(runtime, instruction)
    await commands.perform(
        runtime,
        paying.record_line_answer,
        PAYMENTS,
        seed=f"line {line.id} {instruction.id} {instruction.state} {instruction.asked}",
        line_id=line.id,
        answer=answer,
        finality=runtime.get(Channels).of(instruction.bank).finality,
    )


async def work_due_batches(runtime: Runtime) -> None:
    """Batches nobody approved, or whose job was lost; lines to be asked about, or that nobody paid anew."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        batches = await queries.due_batches(connection, now, BATCH)
        lines = await queries.lines_to_ask_about(connection, now, BATCH)
        returned = await queries.returned_due(connection, now, BATCH)
    unfinished = [batch.id for batch in batches if batch.state is BatchState.PAYING]
    lapsing = [batch.id for batch in batches if batch.state is not BatchState.PAYING]
    given_up = [line.id for line in returned]
    for work, records in ((pay_batch, unfinished), (_lapse_batch, lapsing), (pay_line, lines), (_lapse_line, given_up)):
        for record_id in records:
            try:
                await work(runtime, {"id": str(record_id)})
            except Exception as fault:
                # One that fails is due again in the next round, and holds up no other.
                log.warning("batch_unresolved", record_id=str(record_id), fault=type(fault).__name__)


async def _lapse_batch(runtime: Runtime, payload: dict[str, Any]) -> None:
    seed = f"lapse batch {payload['id']}"
    await commands.perform(runtime, actions.lapse_batch, PAYMENTS, seed=seed, batch_id=UUID(payload["id"]))


async def _lapse_line(runtime: Runtime, payload: dict[str, Any]) -> None:
    seed = f"lapse line {payload['id']} {uuid4()}"
    await commands.perform(runtime, actions.lapse_line, PAYMENTS, seed=seed, line_id=UUID(payload["id"]))

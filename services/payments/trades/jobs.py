"""What time decides of trades and their refunds."""

from datetime import datetime
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.trades import actions, queries

PAYMENTS = service_caller("payments")
log = structlog.get_logger(__name__)


async def end_due_trades(runtime: Runtime) -> None:
    """End every state whose time is over, batch by batch; one that cannot be ended holds up no other, and is tried again next time."""
    after: tuple[datetime, UUID] | None = None
    while True:
        # Every run is a cause of its own: with a clock that stands still, a fixed seed would give out the same ids again.
        seed = f"end due trades {uuid4()}"
        try:
            ended, left, after = await commands.perform(runtime, actions.end_due, PAYMENTS, seed=seed, after=after)
        except Exception as fault:
            log.info("due_trades_one_by_one", fault=type(fault).__name__)
            ended, (left, after) = [], await _due(runtime, after)
        for trade_id in left:
            await _end(runtime, trade_id)
        if len(ended) + len(left) < actions.DUE_BATCH:
            return


async def _due(
    runtime: Runtime, after: tuple[datetime, UUID] | None
) -> tuple[list[UUID], tuple[datetime, UUID] | None]:
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.due_after(connection, now, after, actions.DUE_BATCH)
    return [trade_id for _, trade_id in due], due[-1] if due else None


async def _end(runtime: Runtime, trade_id: UUID) -> None:
    try:
        seed = f"end trade {trade_id} {uuid4()}"
        await commands.perform(runtime, actions.end_if_due, PAYMENTS, seed=seed, trade_id=trade_id)
    except Exception as fault:
        log.warning("trade_not_ended", trade_id=str(trade_id), fault=getattr(fault, "code", type(fault).__name__))

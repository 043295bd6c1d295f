"""What falls due by itself: holds expire, months of the log get their partitions, old refusals are forgotten."""

from datetime import timedelta
from uuid import uuid4

import structlog

from chassis import commands
from chassis.clock import real_now
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.ledger import actions

PAYMENTS = service_caller("payments")
log = structlog.get_logger(__name__)


async def expire_holds(runtime: Runtime) -> None:
    """Give back every hold whose time is over, slice by slice."""
    while True:
        # Every run is a cause of its own: with a clock that stands still, a fixed seed would give out the same ids again.
        seed = f"expire holds {uuid4()}"
        if await commands.perform(runtime, actions.expire_holds, PAYMENTS, seed=seed) < actions.EXPIRY_BATCH:
            return


async def keep_months(runtime: Runtime) -> None:
    """This month and the next two have a partition of the log each. Where others stand in the way, it is tried again at the next run."""
    for month in await commands.perform(runtime, actions.months_missing, PAYMENTS, seed=f"months {uuid4()}"):
        outcome = await commands.perform(runtime, actions.make_month, PAYMENTS, seed=f"month {uuid4()}", month=month)
        log.info("ledger_month", month=month.isoformat(), outcome=outcome)


async def forget_refusals(runtime: Runtime) -> None:
    """Refusals are explained for 90 days of real time: longer than any durable job repeats its call."""
    before = real_now() - timedelta(days=actions.KEEP_REFUSALS_DAYS)
    while True:
        forgotten = await commands.perform(
            runtime, actions.forget_refusals, PAYMENTS, seed=f"forget refusals {uuid4()}", before=before
        )
        if forgotten < actions.FORGET_BATCH:
            return

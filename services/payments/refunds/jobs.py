"""Refunds that wait for funds, tried again until their deadline."""

from uuid import uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.refunds import actions
from services.payments.refunds.queries import due_refunds

PAYMENTS = service_caller("payments")
BATCH = 100
log = structlog.get_logger(__name__)


async def work_due_refunds(runtime: Runtime) -> None:
    """One transaction each: one that cannot be paid, or whose records others are changing, holds up nobody else."""
    now, after = await runtime.database.now(), None
    while True:
        async with runtime.reading() as connection:
            due = await due_refunds(connection, now, after, BATCH)
        for refund in due:
            seed = f"refund {refund.id} {uuid4()}"
            try:
                await commands.perform(runtime, actions.try_again, PAYMENTS, seed=seed, refund_id=refund.id)
            except Exception as fault:
                log.warning("refund_not_tried", refund_id=str(refund.id), fault=type(fault).__name__)
        if len(due) < BATCH:
            return
        after = due[-1]

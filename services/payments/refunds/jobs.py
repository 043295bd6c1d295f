"""Refunds that wait for funds, tried again until their deadline."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.refunds import actions
from services.payments.refunds.queries import due_refunds

PAYMENTS = service_caller("payments")
BATCH = 100


async def work_due_refunds(runtime: Runtime) -> None:
    """One transaction each: a merchant that is short holds up nobody else."""
    while True:
        async with runtime.reading() as connection:
            due = await due_refunds(connection, await runtime.database.now(), BATCH)
        for refund in due:
            seed = f"refund {refund.id} {uuid4()}"
            await commands.perform(runtime, actions.try_again, PAYMENTS, seed=seed, refund_id=refund.id)
        if len(due) < BATCH:
            return

"""Batches are closed as settlements leave money to be paid out."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.merchant_payouts import actions

PAYMENTS = service_caller("payments")


async def close_batches(runtime: Runtime) -> None:
    """Batch by batch, until nothing that is due waits."""
    while await commands.perform(runtime, actions.close_batch, PAYMENTS, seed=f"close payout batch {uuid4()}"):
        pass

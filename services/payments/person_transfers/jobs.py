"""What was sent for later arrives by itself."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.person_transfers import actions

PAYMENTS = service_caller("payments")


async def arrive_transfers(runtime: Runtime) -> None:
    """Every transfer whose time has come, batch by batch."""
    while True:
        seed = f"arrive transfers {uuid4()}"
        if await commands.perform(runtime, actions.arrive_due_transfers, PAYMENTS, seed=seed) < actions.ARRIVAL_BATCH:
            return

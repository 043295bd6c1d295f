"""What falls due by itself."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.preauthorisations import actions

PAYMENTS = service_caller("payments")


async def end_preauthorisations(runtime: Runtime) -> None:
    """Release what is frozen past its deadline, batch by batch."""
    while True:
        seed = f"end preauthorisations {uuid4()}"
        if await commands.perform(runtime, actions.end_due, PAYMENTS, seed=seed) < actions.DUE_BATCH:
            return

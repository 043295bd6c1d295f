"""What is left in purses goes back when their purpose is over."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.purposes import actions

PAYMENTS = service_caller("payments")


async def return_leftovers(runtime: Runtime) -> None:
    """Slice by slice."""
    while True:
        seed = f"return leftovers {uuid4()}"
        if await commands.perform(runtime, actions.return_leftovers, PAYMENTS, seed=seed) < actions.RETURN_BATCH:
            return

"""What falls due by itself."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.confirmations import actions

PAYMENTS = service_caller("payments")


async def expire_confirmations(runtime: Runtime) -> None:
    """End every confirmation whose time is over, batch by batch. None of them could be used meanwhile."""
    while True:
        seed = f"expire confirmations {uuid4()}"
        if await commands.perform(runtime, actions.expire_confirmations, PAYMENTS, seed=seed) < actions.EXPIRED_AT_ONCE:
            return

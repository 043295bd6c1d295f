"""What falls due by itself."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.payment_codes import actions

PAYMENTS = service_caller("payments")


async def expire_codes(runtime: Runtime) -> None:
    """End every code whose time is over, batch by batch. None of them could be charged meanwhile."""
    while True:
        seed = f"expire payment codes {uuid4()}"
        if await commands.perform(runtime, actions.expire_codes, PAYMENTS, seed=seed) < actions.EXPIRED_AT_ONCE:
            return

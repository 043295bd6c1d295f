"""What falls due by itself."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.orders import actions

PAYMENTS = service_caller("payments")


async def close_orders(runtime: Runtime) -> None:
    """Close every order whose time is over, batch by batch."""
    while True:
        # Every run is a cause of its own: with a clock that stands still, a fixed seed would give out the same ids again.
        seed = f"close orders {uuid4()}"
        if await commands.perform(runtime, actions.close_due_orders, PAYMENTS, seed=seed) < actions.CLOSE_BATCH:
            break
    while await commands.perform(
        runtime, actions.close_due_order_in_parts, PAYMENTS, seed=f"close order in parts {uuid4()}"
    ):
        pass


async def finish_orders(runtime: Runtime) -> None:
    """Finish every paid order whose time for refunds is over, batch by batch."""
    while True:
        seed = f"finish orders {uuid4()}"
        if await commands.perform(runtime, actions.finish_due_orders, PAYMENTS, seed=seed) < actions.CLOSE_BATCH:
            return

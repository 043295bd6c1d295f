"""What falls due by itself, and collecting from cards, outside any transaction."""

from typing import Any
from uuid import UUID, uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.channels.jobs import ask_about, resolve_due
from services.payments.channels.model import ORDER_PAYMENT
from services.payments.orders import actions, card_actions

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


async def collect_order_payment(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of a card's payment, and record it."""
    await ask_about(runtime, card_actions.record_card_answer, payment_id=UUID(payload["id"]))


async def resolve_order_payments(runtime: Runtime) -> None:
    """Ask about every card's payment whose next query is due."""
    await resolve_due(runtime, ORDER_PAYMENT, collect_order_payment)

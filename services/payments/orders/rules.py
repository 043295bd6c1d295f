"""What may happen to an order in which state."""

from datetime import datetime, timedelta
from uuid import UUID

from services.payments.orders.errors import AmountDiffers, OrderClosed, OrderPaid, UnknownOrder
from services.payments.orders.model import Order, OrderState

DEFAULT_TIMEOUT = timedelta(minutes=30)
SHORTEST_TIMEOUT_SECONDS = 60
LONGEST_TIMEOUT_SECONDS = 15 * 24 * 3600


def require_payable(order: Order, buyer_id: UUID, amount: int, currency: str, now: datetime) -> None:
    """Raises UnknownOrder (another's order), OrderPaid, OrderClosed, AmountDiffers. An order past its time is closed already."""
    if order.buyer_id is not None and order.buyer_id != buyer_id:
        raise UnknownOrder("no such order")
    if order.state is OrderState.TRADE_SUCCESS:
        raise OrderPaid("the order is paid")
    if order.state is OrderState.TRADE_CLOSED or order.due_at <= now:
        raise OrderClosed("the order is closed", close_reason=order.close_reason or "timeout")
    if (amount, currency) != (order.amount, order.currency):
        raise AmountDiffers("the order asks for another amount", field="amount", order_amount=order.amount)


def require_closable(order: Order) -> None:
    """Raises OrderPaid. Closing a closed order changes nothing."""
    if order.state is OrderState.TRADE_SUCCESS:
        raise OrderPaid("a paid order is not closed but refunded")

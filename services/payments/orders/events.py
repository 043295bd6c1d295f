"""Event types of orders. Amounts in minor units."""

from pydantic import BaseModel


class OrderTold(BaseModel):
    """What every event of an order carries."""

    order_id: str
    merchant_id: str
    merchant_order_number: str
    amount: int
    currency: str


class PartTold(BaseModel):
    method: str
    amount: int


class OrderPaid(OrderTold):
    """The money is with the merchant. method: `split` where several parts paid it; transfer_id: of the last."""

    buyer_id: str
    transfer_id: str
    method: str
    parts: list[PartTold]


class OrderPaymentFailed(OrderTold):
    """A card's bank said no, finally; the order waits for another payment."""

    payment_id: str
    failure_code: str


class OrderPaymentReturned(OrderTold):
    """A card's money came when the order needed it no more, and is sent back to the card."""

    payment_id: str
    card_return_id: str


class OrderClosed(OrderTold):
    """Nobody paid: in time, or the merchant withdrew it."""

    reason: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.order.created.v1": OrderTold,
    "payments.order.paid.v1": OrderPaid,
    "payments.order.closed.v1": OrderClosed,
    "payments.order.payment_failed.v1": OrderPaymentFailed,
    "payments.order.payment_returned.v1": OrderPaymentReturned,
    "payments.order.finished.v1": OrderTold,
}

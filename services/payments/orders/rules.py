"""What may happen to an order in which state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.ids import encode
from services.payments.orders.errors import (
    AmountDiffers,
    CardPaysTheRest,
    OrderBeingPaid,
    OrderClosed,
    OrderPaid,
    PayerReleased,
    TooManyParts,
    UnknownOrder,
)
from services.payments.orders.model import Method, Order, OrderPayment, OrderState, PaymentState

DEFAULT_TIMEOUT_SECONDS = 1800
SHORTEST_TIMEOUT_SECONDS = 60
LONGEST_TIMEOUT_SECONDS = 15 * 24 * 3600
REFUND_WINDOW = timedelta(days=365)
"""How long after the payment a merchant may refund, as Alipay and WeChat Pay have it."""
MOST_PARTS = 8
"""Parts that one payer begins for one order, failed ones counted."""
MOST_PARTS_OF_ALL = 400
"""Begun for one order by anybody, where it names no buyer. Its merchant closes it and names one in the next."""
RELEASED = "released"
"""The failure code of a part that the merchant gave back."""


def require_payable(order: Order, buyer_id: UUID, now: datetime) -> None:
    """Raises UnknownOrder (another's order), OrderPaid, OrderClosed. An order past its time is closed already."""
    if order.buyer_id is not None and order.buyer_id != buyer_id:
        raise UnknownOrder("no such order")
    if order.paid_at is not None:
        raise OrderPaid("the order is paid")
    if order.state is OrderState.TRADE_CLOSED or order.due_at <= now:
        raise OrderClosed("the order is closed", close_reason=order.close_reason or "timeout")


def require_another_part(order: Order, payments: Sequence[OrderPayment], customer_id: UUID) -> None:
    """What others began keeps nobody from paying, up to a number that takes many of them. Raises PayerReleased, TooManyParts."""
    own = [payment for payment in payments if payment.customer_id == customer_id]
    if order.buyer_id is None and any(payment.failure_code == RELEASED for payment in own):
        raise PayerReleased("the merchant gave the payer's parts back")
    if len(own) >= MOST_PARTS or len(payments) >= MOST_PARTS_OF_ALL:
        raise TooManyParts(f"a payer begins at most {MOST_PARTS} parts of an order, failed ones counted")


def is_waiting(order: Order) -> bool:
    return order.state is OrderState.WAIT_BUYER_PAY


def held_parts(payments: Sequence[OrderPayment]) -> list[OrderPayment]:
    return [payment for payment in payments if payment.state is PaymentState.HELD]


def require_part(
    order: Order,
    held: Sequence[OrderPayment],
    *,
    customer_id: UUID,
    method: Method,
    amount: int,
    currency: str,
    partial: bool,
) -> bool:
    """Whether the part completes the payment. Raises OrderBeingPaid, AmountDiffers, CardPaysTheRest."""
    if any(payment.customer_id != customer_id for payment in held):
        raise OrderBeingPaid("another customer is paying this order")
    rest = order.amount - sum(payment.amount for payment in held)
    if currency != order.currency or amount > rest or (amount < rest and not partial):
        raise AmountDiffers(
            "the order asks for another amount", field="amount", order_amount=order.amount, rest_amount=rest
        )
    if amount < rest and method is Method.CARD:
        raise CardPaysTheRest("a card pays what the other parts have left", field="amount", rest_amount=rest)
    return amount == rest


def counted_as(payment: OrderPayment) -> str:
    """Under which name limits count a wallet's part: what was captured has counted since it was frozen."""
    if payment.preauthorisation_id is not None:
        return encode("pre", payment.preauthorisation_id)
    return encode("opy", payment.id)


def require_closable(order: Order) -> None:
    """Raises OrderPaid. Closing a closed order changes nothing."""
    if order.paid_at is not None:
        raise OrderPaid("a paid order is not closed but refunded")


def paid(
    order: Order, *, buyer_id: UUID, payee_account_id: UUID, transfer_id: UUID | None, now: datetime, on: date
) -> Order:
    """on: the business day of the payment."""
    return replace(
        order,
        state=OrderState.TRADE_SUCCESS,
        buyer_id=buyer_id,
        payee_account_id=payee_account_id,
        transfer_id=transfer_id,
        paid_at=now,
        paid_on=on,
        refund_until=now + REFUND_WINDOW,
    )


def closed(order: Order, reason: str, now: datetime) -> Order:
    return replace(order, state=OrderState.TRADE_CLOSED, close_reason=reason, ended_at=now)

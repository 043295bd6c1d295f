"""What may be refunded, to whom, and out of what."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.payments.orders.model import Method, Order, OrderPayment, OrderState, PaymentState
from services.payments.refunds.errors import OrderNotPaid, RefundExceeds, RefundTooLate
from services.payments.refunds.model import Movement, Source

TRY_AGAIN_AFTER = timedelta(minutes=10)
PATIENCE = timedelta(days=15)
"""How long a refund waits for the merchant's money, as WeChat Pay has it."""


def require_refundable(order: Order, amount: int, currency: str, now: datetime) -> None:
    """Raises OrderNotPaid, RefundTooLate, RefundExceeds (also for what was given back as a whole, and another currency)."""
    if order.paid_at is None or order.refund_until is None:
        raise OrderNotPaid("only a paid order can be refunded", state=str(order.state))
    if order.state is OrderState.TRADE_FINISHED or order.refund_until <= now:
        raise RefundTooLate("the time for refunds is over", refund_until=order.refund_until.isoformat())
    if currency != order.currency or amount > order.refundable:
        raise RefundExceeds(
            "all refunds of an order together are at most what was paid",
            field="currency" if currency != order.currency else "amount",
            refundable=order.refundable,
        )


def spread(payments: Sequence[OrderPayment], amount: int) -> list[tuple[OrderPayment, int]]:
    """Which part of a payment gets back how much of a refund.

    A voucher at most its share of all that was refunded, cumulative and rounded down, so that a small one is whole again with the last
    refund and not before; the rest goes to the other parts in the order in which they were made, each at most what it paid. What even these
    have no room for, a few units near the end, goes to the vouchers furthest from their share. amount: at most what is left of all.
    """
    paid = [payment for payment in payments if payment.state is PaymentState.PAID]
    total, after = _amount(paid), sum(payment.refunded for payment in paid) + amount
    vouchers = [payment for payment in paid if payment.method is Method.VOUCHER]
    backs, left = {}, amount
    for voucher in vouchers:
        backs[voucher.id] = min(left, max(voucher.amount * after // total - voucher.refunded, 0))
        left -= backs[voucher.id]
    others = _in_order([payment for payment in paid if payment.method is not Method.VOUCHER], left)
    left -= sum(others.values())
    for voucher in sorted(vouchers, key=lambda one: (one.refunded + backs[one.id]) * total - one.amount * after):
        if left and voucher.refunded + backs[voucher.id] < voucher.amount:
            backs[voucher.id] += 1
            left -= 1
    backs |= others
    return [(payment, backs[payment.id]) for payment in paid if backs[payment.id]]


def _in_order(payments: Sequence[OrderPayment], amount: int) -> dict[UUID, int]:
    backs = {}
    for payment in payments:
        backs[payment.id] = min(amount, payment.amount - payment.refunded)
        amount -= backs[payment.id]
    return backs


def _amount(payments: Sequence[OrderPayment]) -> int:
    return sum(payment.amount for payment in payments)


def draw(sources: Sequence[Source], amount: int) -> list[tuple[UUID, int]] | None:
    """How much to take from each source, one after another; None where all together have too little."""
    taken = []
    for source in sources:
        take = min(amount, max(source.available, 0))
        if take:
            taken.append((source.account_id, take))
        amount -= take
    return taken if amount == 0 else None


def movements(sources: Sequence[tuple[UUID, int]], destinations: Sequence[tuple[UUID, int]]) -> list[Movement]:
    """From sources to destinations in their orders, as few as that takes. Both come to the same sum."""
    made = []
    waiting = list(reversed(destinations))
    for debit, left in sources:
        while left:
            credit, wanted = waiting.pop()
            moved = min(left, wanted)
            made.append(Movement(debit, credit, moved))
            left -= moved
            if wanted > moved:
                waiting.append((credit, wanted - moved))
    return made

"""Paying and closing in every state, at the deadline, by the wrong buyer, for another amount."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.payments.orders.errors import AmountDiffers, OrderClosed, OrderPaid, UnknownOrder
from services.payments.orders.model import Order, OrderState
from services.payments.orders.rules import require_closable, require_payable

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
BUYER = uuid4()
WAITING = Order(
    uuid4(), uuid4(), "N1", "tea", 100, "CNY", None, OrderState.WAIT_BUYER_PAY, None, None,
    NOW, NOW + timedelta(minutes=30), None,
)  # fmt: skip
PAID = replace(WAITING, state=OrderState.TRADE_SUCCESS, transfer_id=uuid4())
CLOSED = replace(WAITING, state=OrderState.TRADE_CLOSED, close_reason="merchant")


def test_a_waiting_order_may_be_paid_and_closed() -> None:
    require_payable(WAITING, BUYER, 100, "CNY", NOW)
    require_payable(replace(WAITING, buyer_id=BUYER), BUYER, 100, "CNY", NOW)
    require_closable(WAITING)


@pytest.mark.parametrize(("order", "refusal"), [(PAID, OrderPaid), (CLOSED, OrderClosed)])
def test_an_ended_order_is_not_paid(order: Order, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        require_payable(order, BUYER, 100, "CNY", NOW)


def test_at_its_deadline_an_order_is_closed_though_nobody_closed_it_yet() -> None:
    require_payable(WAITING, BUYER, 100, "CNY", WAITING.due_at - timedelta(microseconds=1))
    with pytest.raises(OrderClosed):
        require_payable(WAITING, BUYER, 100, "CNY", WAITING.due_at)


@pytest.mark.parametrize(("amount", "currency"), [(99, "CNY"), (101, "CNY"), (100, "USD")])
def test_another_amount_is_not_what_the_buyer_agreed_to(amount: int, currency: str) -> None:
    with pytest.raises(AmountDiffers):
        require_payable(WAITING, BUYER, amount, currency, NOW)


def test_another_buyer_s_order_is_unknown() -> None:
    with pytest.raises(UnknownOrder):
        require_payable(replace(WAITING, buyer_id=uuid4()), BUYER, 100, "CNY", NOW)


def test_a_paid_order_is_not_closed_and_a_closed_one_stays_so() -> None:
    with pytest.raises(OrderPaid):
        require_closable(PAID)
    require_closable(CLOSED)

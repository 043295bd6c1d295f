"""Paying and closing in every state, at the deadline, by the wrong buyer, for another amount."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

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
from services.payments.orders.rules import (
    MOST_PARTS,
    MOST_PARTS_OF_ALL,
    RELEASED,
    closed,
    paid,
    require_another_part,
    require_closable,
    require_part,
    require_payable,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
BUYER = uuid4()
WAITING = Order(
    uuid4(), uuid4(), "N1", "tea", 100, "CNY", None, OrderState.WAIT_BUYER_PAY, None, None,
    NOW, NOW + timedelta(minutes=30), None,
)  # fmt: skip
PAID = paid(WAITING, buyer_id=BUYER, payee_account_id=uuid4(), transfer_id=uuid4(), now=NOW, on=NOW.date())
FINISHED = replace(PAID, state=OrderState.TRADE_FINISHED, ended_at=NOW)
GIVEN_BACK = replace(closed(PAID, "refunded", NOW), refunded=PAID.amount)
CLOSED = closed(WAITING, "merchant", NOW)


def part(amount: int, customer_id: UUID = BUYER) -> OrderPayment:
    return OrderPayment(
        uuid4(),
        WAITING.id,
        0,
        Method.WALLET,
        "cus",
        customer_id,
        amount,
        PaymentState.HELD,
        NOW,
        uuid4(),
        hold_id=uuid4(),
    )


def asked(
    amount: int, currency: str = "CNY", *held: OrderPayment, method: Method = Method.WALLET, partial: bool = False
) -> bool:
    return require_part(
        WAITING, held, customer_id=BUYER, method=method, amount=amount, currency=currency, partial=partial
    )


def test_a_waiting_order_may_be_paid_and_closed() -> None:
    require_payable(WAITING, BUYER, NOW)
    require_payable(replace(WAITING, buyer_id=BUYER), BUYER, NOW)
    require_closable(WAITING)


@pytest.mark.parametrize(
    ("order", "paying", "closing"),
    [
        (PAID, OrderPaid, OrderPaid),
        (FINISHED, OrderPaid, OrderPaid),
        (GIVEN_BACK, OrderPaid, OrderPaid),
        (CLOSED, OrderClosed, None),
    ],
)
def test_what_has_ended_is_neither_paid_nor_closed_again(
    order: Order, paying: type[Exception], closing: type[Exception] | None
) -> None:
    with pytest.raises(paying):
        require_payable(order, BUYER, NOW)
    if closing is None:
        require_closable(order)
    else:
        with pytest.raises(closing):
            require_closable(order)


def test_at_its_deadline_an_order_is_closed_though_nobody_closed_it_yet() -> None:
    require_payable(WAITING, BUYER, WAITING.due_at - timedelta(microseconds=1))
    with pytest.raises(OrderClosed):
        require_payable(WAITING, BUYER, WAITING.due_at)


@pytest.mark.parametrize(("amount", "currency"), [(99, "CNY"), (101, "CNY"), (100, "USD")])
def test_another_amount_is_not_what_the_buyer_agreed_to(amount: int, currency: str) -> None:
    with pytest.raises(AmountDiffers):
        asked(amount, currency)


def test_parts_make_up_the_amount_exactly() -> None:
    assert not asked(40, partial=True)
    assert not asked(59, "CNY", part(40), partial=True)
    assert asked(60, "CNY", part(40))
    assert asked(60, "CNY", part(40), partial=True)
    assert asked(60, "CNY", part(15), part(25), method=Method.CARD)
    for amount in (59, 61, 100):
        with pytest.raises(AmountDiffers):
            asked(amount, "CNY", part(40))
    with pytest.raises(AmountDiffers):
        asked(61, "CNY", part(40), partial=True)


def test_a_card_pays_what_is_left_and_another_customer_nothing() -> None:
    with pytest.raises(CardPaysTheRest):
        asked(59, "CNY", part(40), method=Method.CARD, partial=True)
    with pytest.raises(OrderBeingPaid):
        asked(60, "CNY", part(40, uuid4()))


def test_parts_come_to_an_end_for_each_payer_by_herself() -> None:
    own, others = [part(1)] * MOST_PARTS, [part(1, uuid4())] * MOST_PARTS_OF_ALL
    require_another_part(WAITING, [*own[1:], *others[: MOST_PARTS_OF_ALL - MOST_PARTS]], BUYER)
    for begun in (own, others):
        with pytest.raises(TooManyParts):
            require_another_part(WAITING, begun, BUYER)


def test_whom_the_merchant_released_begins_nothing_again_unless_she_is_the_buyer() -> None:
    released = [replace(part(1), state=PaymentState.VOIDED, failure_code=RELEASED, ended_at=NOW)]
    with pytest.raises(PayerReleased):
        require_another_part(WAITING, released, BUYER)
    require_another_part(WAITING, released, uuid4())
    require_another_part(replace(WAITING, buyer_id=BUYER), released, BUYER)


def test_another_buyer_s_order_is_unknown() -> None:
    with pytest.raises(UnknownOrder):
        require_payable(replace(WAITING, buyer_id=uuid4()), BUYER, NOW)

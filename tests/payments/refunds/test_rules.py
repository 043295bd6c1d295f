"""What a refund gives back to whom, out of what, and how much of the fee: conserved in any number of parts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.payments.fee_plans.rules import fee_returned
from services.payments.orders.model import Method, Order, OrderPayment, OrderState, PaymentState
from services.payments.orders.rules import closed, paid
from services.payments.refunds.errors import OrderNotPaid, RefundExceeds, RefundTooLate
from services.payments.refunds.model import Source
from services.payments.refunds.rules import draw, movements, require_refundable, spread

NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)
WAITING = Order(
    uuid4(), uuid4(), "N1", "tea", 100, "CNY", None, OrderState.WAIT_BUYER_PAY, None, None, NOW, NOW + timedelta(minutes=30)
)  # fmt: skip
PAID = paid(WAITING, buyer_id=uuid4(), payee_account_id=uuid4(), transfer_id=uuid4(), now=NOW, on=NOW.date())
FINISHED = replace(PAID, state=OrderState.TRADE_FINISHED, ended_at=NOW)
GIVEN_BACK = replace(closed(PAID, "refunded", NOW), refunded=100)
CLOSED = closed(WAITING, "timeout", NOW)


def part(method: Method, amount: int, refunded: int = 0, state: PaymentState = PaymentState.PAID) -> OrderPayment:
    return OrderPayment(
        uuid4(), PAID.id, 0, method, "cus", uuid4(), amount, state, NOW, account_id=uuid4(), refunded=refunded
    )


@pytest.mark.parametrize(
    ("order", "refusal"),
    [(WAITING, OrderNotPaid), (CLOSED, OrderNotPaid), (FINISHED, RefundTooLate), (GIVEN_BACK, RefundExceeds)],
)
def test_only_a_paid_order_in_its_time_is_refunded(order: Order, refusal: type[Exception]) -> None:
    require_refundable(PAID, 100, "CNY", NOW)
    with pytest.raises(refusal):
        require_refundable(order, 1, "CNY", NOW)


def test_the_time_for_refunds_ends() -> None:
    assert PAID.refund_until is not None
    require_refundable(PAID, 1, "CNY", PAID.refund_until - timedelta(microseconds=1))
    with pytest.raises(RefundTooLate):
        require_refundable(PAID, 1, "CNY", PAID.refund_until)


@pytest.mark.parametrize(("refunded", "amount", "currency"), [(0, 101, "CNY"), (40, 61, "CNY"), (0, 1, "USD")])
def test_never_more_than_was_paid(refunded: int, amount: int, currency: str) -> None:
    with pytest.raises(RefundExceeds):
        require_refundable(replace(PAID, refunded=refunded), amount, currency, NOW)


def test_the_parts_of_a_payment_get_back_in_their_order() -> None:
    first, failed, second = (
        part(Method.WALLET, 60),
        part(Method.CARD, 40, state=PaymentState.FAILED),
        part(Method.CARD, 40),
    )
    assert spread([first, failed, second], 70) == [(first, 60), (second, 10)]
    again = spread([replace(first, refunded=60), failed, replace(second, refunded=10)], 30)
    assert [amount for _, amount in again] == [30]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    amounts=st.lists(st.tuples(st.sampled_from(Method), st.integers(1, 1000)), min_size=1, max_size=5),
    cuts=st.lists(st.integers(1, 700), max_size=12),
    fee_share=st.integers(0, 1000),
)
def test_a_full_refund_in_any_number_of_parts_gives_everything_back(
    amounts: list[tuple[Method, int]], cuts: list[int], fee_share: int
) -> None:
    payments = [part(method, amount) for method, amount in amounts]
    total = sum(payment.amount for payment in payments)
    fee = total * fee_share // 1000
    refunded = fees = 0
    for cut in [*cuts, total]:
        amount = min(cut, total - refunded)
        if not amount:
            break
        legs = spread(payments, amount)
        assert sum(leg for _, leg in legs) == amount
        backs = {payment.id: leg for payment, leg in legs}
        payments = [replace(one, refunded=one.refunded + backs.get(one.id, 0)) for one in payments]
        refunded += amount
        fees = fee_returned(fee, refunded, total)
        for payment in payments:
            assert 0 <= payment.refunded <= payment.amount
        vouchers = [payment for payment in payments if payment.method is Method.VOUCHER]
        others_whole = all(one.refunded == one.amount for one in payments if one.method is not Method.VOUCHER)
        for voucher in vouchers:
            share = voucher.amount * refunded // total
            assert voucher.refunded <= share + (1 if others_whole else 0)
        assert 0 <= fees <= fee
    if refunded == total:
        assert fees == fee
        assert all(payment.refunded == payment.amount for payment in payments)


def test_a_small_voucher_beside_a_large_one_comes_back_with_the_last_refund_alone() -> None:
    small, large, wallet = part(Method.VOUCHER, 1), part(Method.VOUCHER, 999), part(Method.WALLET, 1_000)
    payments = [small, large, wallet]
    for refunded in range(1, 1_999):
        backs = {payment.id: leg for payment, leg in spread(payments, 1)}
        payments = [replace(one, refunded=one.refunded + backs.get(one.id, 0)) for one in payments]
        assert [payments[0].refunded, payments[1].refunded] == [0, 999 * refunded // 2_000]
    assert [(one.amount, leg) for one, leg in spread(payments, 2)] == [(1, 1), (999, 1)]


@given(st.lists(st.integers(-50, 300), max_size=5), st.integers(1, 900))
def test_sources_are_drawn_on_one_after_another(availables: list[int], amount: int) -> None:
    sources = [Source(uuid4(), available) for available in availables]
    taken = draw(sources, amount)
    usable = sum(max(available, 0) for available in availables)
    if amount > usable:
        assert taken is None
        return
    assert taken is not None
    assert sum(part for _, part in taken) == amount
    by_account = dict(taken)
    for source in sources[: len(taken) - 1]:
        if source.available > 0 and source.account_id != taken[-1][0]:
            assert by_account.get(source.account_id, 0) == source.available
    assert all(take > 0 for _, take in taken)


@given(st.data())
def test_movements_bring_each_destination_its_part(data: st.DataObject) -> None:
    outs = data.draw(st.lists(st.integers(1, 100), min_size=1, max_size=5))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(sum(outs) - 1, 1)), max_size=4)))
    edges = [0, *[cut for cut in cuts if cut < sum(outs)], sum(outs)]
    sources = [(uuid4(), amount) for amount in outs]
    destinations = [(uuid4(), high - low) for low, high in pairwise(edges)]
    moves = movements(sources, destinations)
    assert len(moves) <= len(sources) + len(destinations) - 1
    for account, amount in sources:
        assert sum(move.amount for move in moves if move.debit_account_id == account) == amount
    for account, amount in destinations:
        assert sum(move.amount for move in moves if move.credit_account_id == account) == amount
    assert all(move.amount > 0 for move in moves)

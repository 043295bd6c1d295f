"""The lot book against a second, naive one: every smallest part of a share an object of its own, in a queue."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, DatesOutOfOrder, FinanceError, InexactNumber, OutOfRange, WrongShape
from finance.funds.dividends import reinvest
from finance.funds.fees import HoldingTable, HoldingTier
from finance.funds.lots import LARGEST_LOTS, Lot, holding, holding_days, in_order, running_totals, take, with_lot
from finance.funds.orders import ShareClass, purchase
from finance.funds.redemptions import redeem
from finance.funds.shares import ShareRule
from finance.funds.splits import split

DAY = date(2024, 1, 2)
ONE = Fraction(1)
WHOLE = ShareRule(places=0)
PLAIN = ShareClass(HoldingTable((HoldingTier(0, None, Decimal("0.005")),)), shares=WHOLE)


def lot(number: int, day: int, shares: int, cost: str = "1") -> Lot:
    return Lot(number, DAY + timedelta(days=day), shares, Fraction(cost))


def test_the_oldest_goes_first_and_the_last_in_part() -> None:
    lots = [lot(3, 5, 30), lot(1, 0, 10), lot(2, 0, 20)]
    taken, left = take(lots, 35)
    assert taken == (lot(1, 0, 10), lot(2, 0, 20), lot(3, 5, 5))
    assert left == (lot(3, 5, 25),)
    assert take(lots, 30) == ((lot(1, 0, 10), lot(2, 0, 20)), (lot(3, 5, 30),))
    assert take(lots, 60).left == ()
    assert take(lots, 1).taken == (lot(1, 0, 1),)
    assert holding(lots) == 60
    assert running_totals(in_order(lots)) == [10, 30, 60]
    assert with_lot(lots, lot(4, 1, 7))[2] == lot(4, 1, 7)
    assert with_lot(lots, None) == in_order(lots)


def test_days_are_calendar_days_from_confirmation_to_confirmation() -> None:
    """Bought on a Monday, confirmed on Tuesday, redeemed the next Monday, confirmed on Tuesday: 7 days."""
    assert holding_days(lot(1, 0, 1), DAY + timedelta(days=7)) == 7
    assert holding_days(lot(1, 0, 1), DAY) == 0
    # Confirmed on the 4th, leaving confirmed on the 11th: the 4th to the 10th are exactly 7 days.
    assert holding_days(Lot(1, date(2021, 1, 4), 1, ONE), date(2021, 1, 11)) == 7
    with pytest.raises(DatesOutOfOrder):
        holding_days(lot(1, 1, 1), DAY)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(0, 3), st.integers(1, 60)),
        st.tuples(st.just("redeem"), st.integers(0, 3), st.integers(1, 80)),
        st.tuples(st.just("dividend"), st.integers(0, 3), st.integers(1, 30)),
        st.tuples(st.just("split"), st.integers(0, 3), st.sampled_from([2, 3])),
    ),
    max_size=14,
)


@given(steps)
def test_any_orders_leave_the_shares_that_a_queue_of_single_ones_leaves(orders: list[tuple[str, int, int]]) -> None:
    lots: tuple[Lot, ...] = ()
    queue: list[date] = []  # the day of confirmation of every share, oldest first
    day = DAY
    for number, (order, days, size) in enumerate(orders):
        day += timedelta(days=days)
        if order == "buy":
            lots = with_lot(lots, purchase(PLAIN, 100 * size, "1", confirmed_on=day, number=number).lot)
            queue += [day] * size
        elif order == "redeem" and size > len(queue):
            with pytest.raises(CannotBeMet):
                redeem(PLAIN, lots, size, "1", confirmed_on=day)
        elif order == "redeem":
            leaving = redeem(PLAIN, lots, size, "1.23", confirmed_on=day)
            gone, queue, lots = queue[:size], queue[size:], leaving.left
            assert Counter(gone) == per_day([part.lot for part in leaving.parts])
            assert [part.days for part in leaving.parts] == [
                (day - part.lot.confirmed_on).days for part in leaving.parts
            ]
        elif order == "dividend" and queue:
            paid = reinvest(PLAIN, lots, "0.1", "1", confirmed_on=day, number=number)
            lots = with_lot(lots, paid.lot)
            queue += [day] * (0 if paid.lot is None else paid.lot.shares)
        elif order == "split" and queue:
            lots = split(WHOLE, lots, str(size)).lots
            queue = [bought for bought in queue for _ in range(size)]
        assert holding(lots) == len(queue)
        assert per_day(lots) == Counter(queue)
        assert all(one.shares > 0 for one in lots)


def per_day(lots: Any) -> Counter[date]:
    shares: Counter[date] = Counter()
    for one in lots:
        shares[one.confirmed_on] += one.shares
    return shares


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (lot(-1, 0, 1), OutOfRange),
        (lot(1, 0, 0), OutOfRange),
        (lot(1, 0, 2**63), OutOfRange),
        (lot(1, 0, 1, "-1"), OutOfRange),
        (lot(5, 0, 1), OutOfRange),  # a number twice
        (Lot(1, DAY, 1.5, ONE), InexactNumber),  # type: ignore[arg-type]
        (Lot(1, DAY, 1, 1.0), InexactNumber),  # type: ignore[arg-type]
        (Lot(1, "2024-01-02", 1, ONE), InexactNumber),  # type: ignore[arg-type]
        ((1, DAY, 1, ONE, False), WrongShape),  # type: ignore[arg-type]
    ],
)
def test_lots_that_are_none(fault: Lot, error: type[FinanceError]) -> None:
    with pytest.raises(error) as refused:
        take([lot(5, 1, 10), fault], 1)
    assert refused.value.field == "lots"


def test_other_refusals() -> None:
    with pytest.raises(CannotBeMet) as refused:
        take([lot(1, 0, 10)], 11)
    assert refused.value.facts == {"held": 10}
    for shares in (0, -1):
        with pytest.raises(OutOfRange):
            take([lot(1, 0, 10)], shares)
    with pytest.raises(InexactNumber):
        take([lot(1, 0, 10)], 1.0)  # type: ignore[arg-type]
    with pytest.raises(CannotBeMet):
        take([], 1)
    with pytest.raises(OutOfRange):
        in_order(lot(at, 0, 1) for at in range(LARGEST_LOTS + 1))


def test_a_cost_given_as_a_decimal_is_kept_exactly() -> None:
    taken, _ = take([Lot(1, DAY, 5, Decimal("1.05"))], 2)  # type: ignore[arg-type]
    assert taken == (Lot(1, DAY, 2, Fraction(21, 20), back_end=False),)
    assert type(taken[0].unit_cost) is Fraction
    assert take([lot(1, 0, 5, "0")], 5).taken == (lot(1, 0, 5, "0"),), "a gift costs nothing"

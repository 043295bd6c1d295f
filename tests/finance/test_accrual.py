from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.accrual import (
    Accrued,
    interest_over_balances,
    simple_daily_interest,
    simple_daily_interest_minor,
    simple_interest_minor,
)
from finance.errors import DatesOutOfOrder, FinanceError

START = date(2024, 1, 1)
rates = st.decimals(0, "0.01", places=6)


def test_half_a_thousandth_a_day() -> None:
    assert simple_daily_interest(1_234_567, "0.0005", 3) == Decimal("1851.8505")
    assert simple_daily_interest_minor(1_234_567, "0.0005", 3, rounding="half_up") == 1_852
    assert simple_daily_interest_minor(1_000, "0.0005", 1, rounding="half_even") == 0
    assert simple_daily_interest_minor(1_000, "0.0005", 1, rounding="half_up") == 1


def test_a_yearly_rate_by_its_day_count() -> None:
    end = START + timedelta(days=73)
    assert simple_interest_minor(100_000, "0.1", START, end, rounding="half_up") == 2_000
    assert simple_interest_minor(100_000, "0.1", START, end, day_count="ACT/360", rounding="down") == 2_027


@given(st.integers(0, 10**15), rates, st.lists(st.integers(0, 60), max_size=12))
def test_days_add_up_without_any_error(balance: int, rate: Decimal, stretches: list[int]) -> None:
    accrued = Accrued(START)
    for days in stretches:
        accrued = accrued.accrue(balance, rate, accrued.accrued_to + timedelta(days=days))
    assert accrued.amount == simple_daily_interest(balance, rate, sum(stretches))


@given(st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 40)), min_size=1, max_size=15), rates)
def test_charging_often_or_once_differs_by_less_than_a_unit(steps: list[tuple[int, int]], rate: Decimal) -> None:
    often, once, charged = Accrued(START), Accrued(START), 0
    for balance, days in steps:
        often = often.accrue(balance, rate, often.accrued_to + timedelta(days=days))
        once = once.accrue(balance, rate, once.accrued_to + timedelta(days=days))
        units, often = often.charge("half_up")
        charged += units
    assert once.amount == charged + often.amount
    assert abs(often.amount) <= Decimal("0.5")


@given(st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 40)), min_size=1, max_size=15), rates)
def test_a_changing_balance_is_the_sum_of_its_stretches(steps: list[tuple[int, int]], rate: Decimal) -> None:
    balances, day, expected = [], START, Decimal(0)
    for balance, days in steps:
        balances.append((day, balance))
        day += timedelta(days=days)
        expected += simple_daily_interest(balance, rate, days)
    assert interest_over_balances(balances, day, rate) == expected


windows = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 40)), max_size=4)


@given(st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 40)), min_size=1, max_size=8), windows, st.booleans())
def test_free_days_against_a_count_of_every_day(
    steps: list[tuple[int, int]], free: list[tuple[int, int]], if_repaid: bool
) -> None:
    day, balances, closing = START, [], {}
    for balance, days in steps:
        balances.append((day, balance))
        for _ in range(days):
            closing[day] = balance
            day += timedelta(days=1)
    dated = [(START + timedelta(days=at), START + timedelta(days=at + length)) for at, length in free]
    kept = []
    for first, again in dated:
        before = [balance for since, balance in balances if since < again]
        lost = if_repaid and again <= day and before and before[-1] > 0
        kept += [] if lost else [(first, again)]
    expected = sum(
        balance for at, balance in closing.items() if not any(first <= at < again for first, again in kept)
    ) * Decimal("0.0005")
    assert interest_over_balances(balances, day, "0.0005", free=dated, free_if_repaid=if_repaid) == expected


def test_the_way_of_credit_cards() -> None:
    """Spent on the 3rd and the 20th, free until the 10th of the next month if all is repaid by then."""
    spent = [(date(2024, 1, 3), 100_000), (date(2024, 1, 20), 150_000)]
    free = [(date(2024, 1, 3), date(2024, 2, 11))]
    in_time, late = [*spent, (date(2024, 2, 10), 0)], [*spent, (date(2024, 2, 11), 0)]
    in_part = [*spent, (date(2024, 2, 10), 1)]
    until = date(2024, 3, 1)

    def charged(balances: list[tuple[date, int]]) -> Decimal:
        return interest_over_balances(balances, until, "0.0005", free=free, free_if_repaid=True)

    assert charged(in_time) == 0
    everything = 17 * 100_000 + 22 * 150_000
    assert charged(late) == Decimal("0.0005") * everything
    assert charged(in_part) == Decimal("0.0005") * (everything - 150_000 + 20)
    # Not decided yet: free while the window runs.
    assert interest_over_balances(spent, date(2024, 2, 10), "0.0005", free=free, free_if_repaid=True) == 0
    # A window that is simply free stays so.
    assert interest_over_balances(late, until, "0.0005", free=free) == 0


def test_days_never_go_back() -> None:
    with pytest.raises(DatesOutOfOrder):
        interest_over_balances([(START, 100)], START - timedelta(days=1), "0.0005")
    with pytest.raises(DatesOutOfOrder):
        Accrued(START).accrue(100, "0.0005", START - timedelta(days=1))


@pytest.mark.parametrize(
    ("balance", "rate", "days", "code", "field"),
    [
        (100, 0.0005, 1, "inexact_number", "daily_rate"),
        (100, 1, 1, "inexact_number", "daily_rate"),
        (100, "-0.1", 1, "out_of_range", "daily_rate"),
        (100, "0.1", -1, "out_of_range", "days"),
        (1.5, "0.1", 1, "inexact_number", "balance_minor"),
    ],
)
def test_bad_input_is_refused(balance: int, rate: str, days: int, code: str, field: str) -> None:
    with pytest.raises(FinanceError) as refused:
        simple_daily_interest(balance, rate, days)
    assert (refused.value.code, refused.value.field) == (code, field)

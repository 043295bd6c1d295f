from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.accrual import compound_daily_interest_minor, simple_daily_interest_minor
from finance.errors import DatesOutOfOrder, FinanceError
from finance.free_days import charged_days
from finance.lateness import LateRule, late_days, late_interest_minor
from finance.repayment import Due

DUE = Due(1, date(2024, 3, 10), fee_minor=100, interest_minor=1_000, principal_minor=10_000)
HALF = Decimal("0.0005")


def after(days: int) -> date:
    return DUE.due_on + timedelta(days=days)


def test_the_due_day_costs_nothing_and_each_later_day_one() -> None:
    assert [late_days(DUE.due_on, after(at), LateRule(HALF)) for at in (-5, 0, 1, 30)] == [0, 0, 1, 30]


def test_grace_delays_or_forgives() -> None:
    counted, free = LateRule(HALF, grace_days=3), LateRule(HALF, grace_days=3, grace_is_free=True)
    assert [late_days(DUE.due_on, after(at), counted) for at in (3, 4)] == [0, 4]
    assert [late_days(DUE.due_on, after(at), free) for at in (3, 4)] == [0, 1]


def test_forgiven_days_cost_nothing_whatever_the_grace() -> None:
    free = [(after(2), after(5)), (after(4), after(6))]
    assert [late_days(DUE.due_on, after(at), LateRule(HALF), free) for at in (1, 2, 5, 6)] == [1, 1, 1, 2]
    counted, spared = LateRule(HALF, grace_days=3), LateRule(HALF, grace_days=3, grace_is_free=True)
    assert [late_days(DUE.due_on, after(at), counted, free) for at in (3, 4, 7)] == [0, 1, 3]
    assert [late_days(DUE.due_on, after(at), spared, free) for at in (3, 4, 7)] == [0, 0, 2]
    assert late_interest_minor(DUE, after(20), LateRule(HALF), free) == 80


def test_bases() -> None:
    assert late_interest_minor(DUE, after(20), LateRule(HALF)) == 100
    assert late_interest_minor(DUE, after(20), LateRule(HALF, base="principal_and_interest")) == 110
    assert late_interest_minor(DUE, after(20), LateRule(HALF, base="everything")) == 111


def test_the_cap_is_a_share_of_the_base() -> None:
    rule = LateRule(HALF, cap_share=Decimal("0.05"))
    assert late_interest_minor(DUE, after(99), rule) == 495
    assert late_interest_minor(DUE, after(100), rule) == late_interest_minor(DUE, after(500), rule) == 500


@given(st.integers(0, 400), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60)), max_size=6))
def test_charged_days_are_those_in_no_window(days: int, windows: list[tuple[int, int]]) -> None:
    start = date(2024, 1, 1)
    free = [(start + timedelta(days=at), start + timedelta(days=at + length)) for at, length in windows]
    counted = sum(
        1 for at in range(days) if not any(first <= start + timedelta(days=at) < last for first, last in free)
    )
    assert charged_days(start, start + timedelta(days=days), free) == counted


def test_a_window_that_began_earlier_counts_from_the_first_day_only() -> None:
    start = date(2024, 3, 1)
    assert charged_days(start, after(0), [(date(2024, 1, 1), date(2024, 3, 4))]) == 6


def test_compounding() -> None:
    assert compound_daily_interest_minor(100_000_000, "0.0005", 365, rounding="half_up") == 20_015_941
    assert compound_daily_interest_minor(100, "0", 3_660, rounding="half_up") == 0
    assert compound_daily_interest_minor(10**6, "0.001", 1, rounding="half_up") == 1_000


@given(st.integers(0, 10**12), st.decimals(0, "0.01", places=5), st.integers(0, 400))
def test_compounding_is_never_below_simple(balance: int, rate: Decimal, days: int) -> None:
    compound = compound_daily_interest_minor(balance, rate, days, rounding="half_up")
    assert compound >= simple_daily_interest_minor(balance, rate, days, rounding="half_up")


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"base": "luck"}, "unknown_choice", "base"),
        ({"grace_days": -1}, "out_of_range", "grace_days"),
        ({"daily_rate": Decimal("-0.1")}, "out_of_range", "daily_rate"),
        ({"daily_rate": 0.0005}, "inexact_number", "daily_rate"),
        ({"cap_share": 0.5}, "inexact_number", "cap_share"),
        ({"cap_share": Decimal(-1)}, "out_of_range", "cap_share"),
        ({"rounding": "nearly"}, "unknown_choice", "rounding"),
    ],
)
def test_a_rule_that_is_none(facts: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(FinanceError) as refused:
        LateRule(**({"daily_rate": HALF} | facts))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)


def test_days_in_order() -> None:
    with pytest.raises(DatesOutOfOrder):
        charged_days(after(1), after(0))
    with pytest.raises(DatesOutOfOrder):
        charged_days(after(0), after(1), [(after(1), after(0))])
    with pytest.raises(FinanceError):
        compound_daily_interest_minor(1, "0.1", 3_661, rounding="half_up")

"""What a payment uses and what a refund gives back: arithmetic that conserves, against a second, naive model."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.currencies import scale_of
from services.payments.limits import rules
from services.payments.limits.errors import LimitExceeded, RateNotStated
from services.payments.limits.model import (
    Confirmation,
    Figure,
    Payer,
    Payment,
    Period,
    Standing,
    Subject,
    Taking,
    Usage,
)

HOLDER, CUSTOMER = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 11, 26, tzinfo=UTC)
LAW = date(2016, 7, 1)
FIGURES = (
    Figure(Subject.CLASS_I, Period.LIFE, 1_000, 1, False, False, LAW, "law"),
    Figure(Subject.CLASS_II, Period.YEAR, 100_000, 3, True, False, LAW, "law"),
    Figure(Subject.CLASS_III, Period.YEAR, 200_000, 5, True, True, LAW, "law"),
    Figure(Subject.UNDER_TWO_FACTORS, Period.DAY, 10_000, None, False, False, LAW, "law"),
    Figure(Subject.TWO_FACTORS, Period.DAY, 50_000, None, False, False, LAW, "law"),
)


def payer(checks: int = 5, agreed: int | None = None) -> Payer:
    return Payer(CUSTOMER, HOLDER, checks, False, date(2999, 1, 1) if agreed else None, agreed)


def taking(amount: int, counted: int, confirmation: Confirmation, on: date, currency: str = "CNY") -> Taking:
    return Taking("ord", 1, HOLDER, CUSTOMER, amount, currency, counted, confirmation, on, NOW, "ord")


@pytest.mark.parametrize(
    ("checks", "seen", "reached", "above"),
    [
        (0, False, None, "class_i"),
        (1, False, "class_i", "class_ii"),
        (2, False, "class_i", "class_ii"),
        (3, False, "class_ii", "class_iii"),
        (4, False, "class_ii", "class_iii"),
        (5, False, "class_iii", None),
        (8, False, "class_iii", None),
        (0, True, "class_iii", None),
    ],
)
def test_classes_follow_from_checks(checks: int, seen: bool, reached: str | None, above: str | None) -> None:
    found = rules.class_figure(FIGURES, checks, seen)
    assert (None if found is None else found.subject) == reached
    next_one = rules.next_class(FIGURES, found)
    assert (None if next_one is None else next_one.subject) == above


@dataclass
class Naive:
    """Every payment kept for itself and added up anew each time, in the way the law is written."""

    checks: int
    agreed: int | None
    paid: list[tuple[date, Confirmation, int]] = field(default_factory=list)

    def may(self, on: date, confirmation: Confirmation, amount: int) -> bool:
        of_day = sum(paid for day, kind, paid in self.paid if (day, kind) == (on, confirmation))
        limits: dict[Confirmation, int | None] = {
            Confirmation.UNDER_TWO_FACTORS: 10_000,
            Confirmation.TWO_FACTORS: 50_000,
            Confirmation.CERTIFICATE: self.agreed,
        }
        limit = limits[confirmation]
        if limit is not None and of_day + amount > limit:
            return False
        if self.checks < 3:
            return sum(paid for _, _, paid in self.paid) + amount <= 1_000
        of_year = sum(paid for day, _, paid in self.paid if day.year == on.year)
        return of_year + amount <= (100_000 if self.checks < 5 else 200_000)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 200),  # days gone by
        st.sampled_from([0, 1, 2]),  # factors
        st.integers(1, 60_000),
        st.integers(0, 60_000),  # given back of a payment before
        st.integers(0, 100),  # of which
    ),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(STEPS, st.sampled_from([1, 3, 5]), st.sampled_from([None, 70_000]))
def test_it_decides_as_the_naive_model(
    steps: list[tuple[int, int, int, int, int]], checks: int, agreed: int | None
) -> None:
    naive, who, usage = Naive(checks, agreed), payer(checks, agreed), Usage(HOLDER)
    taken: list[Taking] = []
    day = date(2026, 11, 26)
    for days, factors, amount, back, which in steps:
        day += timedelta(days=days % 97 if days > 100 else 0)
        confirmation = rules.confirmation_of(who, factors, day)
        allowed = naive.may(day, confirmation, amount)
        try:
            payment = Payment(CUSTOMER, amount, "CNY", f"ord_{len(taken)}", factors)
            one = rules.taking_of(payment, Standing(who, usage, FIGURES, None, None), usage, day, NOW)
        except LimitExceeded:
            assert not allowed
        else:
            assert allowed
            assert one is not None
            usage = rules.used_after(usage, one)
            naive.paid.append((day, confirmation, amount))
            taken.append(one)
        if taken and back:
            place = which % len(taken)
            before, after = taken[place], rules.given_back(taken[place], back)
            usage, taken[place] = rules.room_given_back(usage, before, after), after
            naive.paid[place] = (before.taken_on, before.confirmation, after.amount - after.given_back)
        assert usage.life == sum(paid for _, _, paid in naive.paid)
        assert rules.on_day(usage, day).year == sum(paid for on, _, paid in naive.paid if on.year == day.year)


@settings(deadline=None)
@given(st.integers(1, 10**9), st.integers(1, 10**12), st.lists(st.integers(1, 10**9), max_size=20))
def test_whatever_the_parts_all_that_was_counted_comes_back_and_no_more(
    amount: int, counted: int, parts: list[int]
) -> None:
    one = taking(amount, counted, Confirmation.TWO_FACTORS, LAW, "USD")
    for part in parts:
        after = rules.given_back(one, part)
        assert one.counted_back <= after.counted_back <= counted
        assert after.given_back <= amount
        one = after
    one = rules.given_back(one, amount)
    assert (one.given_back, one.counted_back) == (amount, counted)


@settings(deadline=None)
@given(
    st.integers(1, 2**53 - 1),
    st.sampled_from(["USD", "JPY", "BHD"]),
    st.decimals("0.000000000001", "1000000", places=12),
)
def test_a_foreign_amount_counts_rounded_up_to_the_fen(amount: int, currency: str, rate: Decimal) -> None:
    exact = Fraction(amount) / 10 ** scale_of(currency) * Fraction(rate) * 100
    counted = rules.counted_amount(amount, currency, rate)
    assert exact <= counted < exact + 1


def test_yuan_count_as_they_are_and_what_has_no_rate_does_not() -> None:
    assert rules.counted_amount(123, "CNY", None) == 123
    with pytest.raises(RateNotStated):
        rules.counted_amount(123, "USD", None)


def figure(subject: Subject, period: Period, checks: int | None, *, seen: bool = False, wealth: bool = False) -> Figure:
    return Figure(subject, period, 1, checks, seen, wealth, LAW, "law")


def test_figures_are_of_a_class_with_its_checks_or_of_a_day() -> None:
    assert all(rules.well_formed(one) for one in FIGURES)
    malformed = [
        figure(Subject.CLASS_I, Period.DAY, 1),
        figure(Subject.CLASS_I, Period.LIFE, None),
        figure(Subject.TWO_FACTORS, Period.YEAR, None),
        figure(Subject.TWO_FACTORS, Period.DAY, 1),
        figure(Subject.UNDER_TWO_FACTORS, Period.DAY, None, seen=True),
        figure(Subject.UNDER_TWO_FACTORS, Period.DAY, None, wealth=True),
    ]
    assert not any(rules.well_formed(one) for one in malformed)

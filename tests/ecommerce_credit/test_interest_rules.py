"""Interest and what a repayment pays, against a second model that counts each day by itself; what may be drawn."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ecommerce_credit.drawings import rules
from services.ecommerce_credit.drawings.model import Drawing
from services.ecommerce_credit.errors import (
    AboveAvailable,
    AboveOwed,
    AboveRateCeiling,
    BelowLeast,
    CurrencyDiffers,
    NotAllowedInState,
    TooManyDrawings,
)
from services.ecommerce_credit.limits.rules import ceiling_on
from services.ecommerce_credit.lines.model import LineState
from services.ecommerce_credit.repayments.model import PartKind
from services.ecommerce_credit.repayments.rules import allocation_of, parts_of
from tests.ecommerce_credit.records import NOW, drawing, line

START = date(2036, 11, 25)
RATES = st.sampled_from(["0.00035", "0.00045", "0.0005", "0.0001234567", "0.000001"])


def test_a_day_bears_interest_on_the_principal_with_which_it_closes() -> None:
    one = drawing()
    assert rules.interest_to(one, START) == 0
    assert rules.interest_to(one, START + timedelta(days=1)) == 50
    assert rules.interest_owed(one, START + timedelta(days=30)) == 1_500
    assert rules.interest_owed(one, START - timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("accrued", "repaid", "owed"),
    [("10.4", 0, 10), ("10.5", 0, 11), ("10.5", 11, 0), ("10.49", 10, 0), ("11.5", 11, 1)],
)
def test_interest_is_rounded_once_half_up(accrued: str, repaid: int, owed: int) -> None:
    one = drawing(interest_accrued=Decimal(accrued), interest_repaid_minor=repaid)
    assert rules.interest_owed(one, START) == owed


@given(
    amount=st.integers(1, 10**13),
    rate=RATES,
    steps=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 100)), max_size=8),
    last=st.integers(0, 400),
)
@settings(max_examples=60, deadline=None)
def test_interest_is_conserved_over_any_repayments(
    amount: int, rate: str, steps: list[tuple[int, int]], last: int
) -> None:
    """Σ of the days' interest, each counted by itself, is what is asked for in all, rounded once, however it was repaid."""
    one, today, naive = (
        drawing(amount_minor=amount, outstanding_minor=amount, daily_rate=Decimal(rate)),
        START,
        Fraction(0),
    )
    for days, percent in [*steps, (last, 100)]:
        if not one.outstanding_minor:
            break
        for _ in range(days):
            naive += Fraction(rate) * one.outstanding_minor
        today += timedelta(days=days)
        owed = one.outstanding_minor + rules.interest_owed(one, today)
        one = _repaid(one, max(1, owed * percent // 100), today)
        assert Fraction(one.interest_accrued) == naive
    assert one.outstanding_minor == 0
    assert abs(one.interest_repaid_minor - naive) <= Fraction(1, 2)


def _repaid(one: Drawing, amount: int, today: date) -> Drawing:
    """Days closed, then paid: interest before principal, as the service does it."""
    closed = replace(one, interest_accrued=rules.interest_to(one, today), accrued_to_on=today)
    paid = {kind: part for _, kind, part in allocation_of([closed], amount_minor=amount, currency="CNY", today=today)}
    assert sum(paid.values()) == amount
    interest = paid.get(PartKind.INTEREST, 0)
    assert interest == min(amount, rules.interest_owed(one, today))
    return replace(
        closed,
        outstanding_minor=closed.outstanding_minor - paid.get(PartKind.PRINCIPAL, 0),
        interest_repaid_minor=closed.interest_repaid_minor + interest,
    )


@given(
    amounts=st.lists(st.integers(1, 1_000_000), min_size=1, max_size=6),
    dues=st.lists(st.integers(1, 300), min_size=6, max_size=6),
    share=st.integers(1, 100),
)
@settings(max_examples=60, deadline=None)
def test_a_repayment_of_a_line_serves_the_drawing_due_first(amounts: list[int], dues: list[int], share: int) -> None:
    today = START + timedelta(days=20)
    several = [
        drawing(number, amount_minor=amount, outstanding_minor=amount, due_on=START + timedelta(days=dues[number]))
        for number, amount in enumerate(amounts)
    ]
    owed = {one.id: one.outstanding_minor + rules.interest_owed(one, today) for one in several}
    amount = max(1, sum(owed.values()) * share // 100)
    paid = allocation_of(several, amount_minor=amount, currency="CNY", today=today)
    by_drawing: dict[object, int] = {}
    for drawing_id, _, part in paid:
        assert part > 0
        by_drawing[drawing_id] = by_drawing.get(drawing_id, 0) + part
    assert sum(by_drawing.values()) == amount
    queue = sorted(several, key=lambda one: (one.due_on, several.index(one)))
    left = amount
    for one in queue:
        assert by_drawing.get(one.id, 0) == min(left, owed[one.id])
        left -= min(left, owed[one.id])
    parts = parts_of(several[0].id, NOW, several[0].id, paid)
    assert len({part.transfer_id for part in parts}) == len(parts) <= 2 * len(several)
    assert parts == parts_of(several[0].id, NOW, several[0].id, paid)


def test_what_a_repayment_is_refused_for() -> None:
    with pytest.raises(AboveOwed) as refused:
        allocation_of([drawing()], amount_minor=100_001, currency="CNY", today=START)
    assert (refused.value.field, refused.value.facts["owed_minor"]) == ("amount", 100_000)
    with pytest.raises(CurrencyDiffers):
        allocation_of([drawing()], amount_minor=1, currency="USD", today=START)


@pytest.mark.parametrize(
    ("changes", "wanted", "kind"),
    [
        ({}, {}, None),
        ({}, {"amount_minor": 600_000}, None),
        ({}, {"amount_minor": 600_001}, AboveAvailable),
        ({"pending_minor": 300_000, "outstanding_minor": 200_000}, {"amount_minor": 100_001}, AboveAvailable),
        ({"outstanding_minor": 700_000}, {"amount_minor": 1_000}, AboveAvailable),
        ({}, {"amount_minor": 999}, BelowLeast),
        ({}, {"currency": "USD"}, CurrencyDiffers),
        ({}, {"alive": 100}, TooManyDrawings),
        ({}, {"past_deadline": True}, NotAllowedInState),
        ({"state": LineState.EXPIRED, "due_at": None}, {}, NotAllowedInState),
        ({"state": LineState.CLOSED, "due_at": None}, {}, NotAllowedInState),
    ],
)
def test_what_may_be_drawn(changes: dict[str, object], wanted: dict[str, object], kind: type[Exception] | None) -> None:
    usual: dict[str, object] = {"amount_minor": 100_000, "currency": "CNY", "alive": 0, "past_deadline": False}
    if kind is None:
        rules.require_drawable(line(**changes), **usual | wanted)  # type: ignore[arg-type]
        return
    with pytest.raises(kind):
        rules.require_drawable(line(**changes), **usual | wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "rate", "lender", "allowed"),
    [
        (date(2020, 8, 19), "0.0006", "private", True),  # 21.9 % under the 24 % of before
        (date(2020, 8, 20), "0.0006", "private", False),  # four times 3.85 % from that day on
        (date(2020, 8, 20), "0.00042", "private", True),  # 15.33 %
        (date(2020, 8, 20), "0.000423", "private", False),  # 15.44 %
        (date(2036, 11, 25), "0.0005", "private", False),
        (date(2036, 11, 25), "0.0005", "licensed", True),  # 18.25 % under the licensed lender's 24 %
        (date(2036, 11, 25), "0.00066", "licensed", False),
    ],
)
def test_the_ceiling_of_the_day_and_the_kind_of_lender(day: date, rate: str, lender: str, allowed: bool) -> None:
    assert (ceiling_on(day, 600_000, Decimal(rate), lender).verdict == "allowed") is allowed
    if allowed:
        rules.require_allowed(line(daily_rate=Decimal(rate)), 600_000, day, lender)
    else:
        with pytest.raises(AboveRateCeiling):
            rules.require_allowed(line(daily_rate=Decimal(rate)), 600_000, day, lender)


def test_overdue_from_the_day_after_its_last() -> None:
    assert not rules.overdue(drawing(), date(2037, 5, 25))
    assert rules.overdue(drawing(), date(2037, 5, 26))

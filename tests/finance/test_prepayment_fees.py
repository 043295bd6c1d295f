"""How much a fee of paying ahead may be, held against the check of the contract: the all-in rate of what was paid."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.all_in_cost import AllInCost
from finance.prepayment_fees import room_minor
from finance.rescheduling import prepay
from finance.schedule_periods import part_of_period
from finance.schedules import Schedule, build

START = date(2026, 1, 31)


def decimals(values: list[Fraction]) -> tuple[Decimal, ...]:
    with localcontext(prec=60):
        return tuple(Decimal(value.numerator) / value.denominator for value in values)


@settings(deadline=None, max_examples=100)
@given(
    principal=st.integers(1_000, 10**9),
    rate=st.integers(0, 3_000),
    above=st.integers(0, 2_000),
    upfront=st.integers(0, 30),
    months=st.integers(1, 24),
    method=st.sampled_from(["equal_instalment", "equal_principal", "interest_first", "bullet"]),
    day_count=st.sampled_from(["30/360", "ACT/365", "ACT/360"]),
    paid_rows=st.integers(0, 23),
    days=st.integers(1, 27),
)
def test_one_unit_more_would_exceed_the_ceiling(
    principal: int,
    rate: int,
    above: int,
    upfront: int,
    months: int,
    method: str,
    day_count: str,
    paid_rows: int,
    days: int,
) -> None:
    """Rows are paid on their days, then all the rest within one: a second model discounts what was paid instead of letting it grow."""
    terms = build(principal, Decimal(rate) / 10_000, months, method=method, start_on=START, day_count=day_count)
    ended = min(paid_rows, len(terms.rows) - 1)
    row = terms.rows[ended]
    day = row.from_on + timedelta(days=days)
    ceiling, received = Decimal(rate + above) / 10_000, principal - principal * upfront // 1_000
    whole = prepay(terms, day, principal - sum(one.principal_minor for one in terms.rows[:ended]))
    paid = [(one.due_on, one.payment_minor) for one in terms.rows[:ended]]
    room = room_minor(
        terms, day, ceiling=ceiling, received_minor=received, payments=paid, asked_minor=whole.payment_minor
    )
    year = Fraction(360, 365) if day_count == "ACT/360" else Fraction(1)
    last = part_of_period(
        day_count, (row.from_on, row.from_on + timedelta(days=row.days)), terms.years[ended], row.from_on, day
    )
    years = decimals([one * year for one in (*terms.years[:ended], last)])

    def exceeds(fee: int) -> bool:
        payments = (*(amount for _, amount in paid), whole.payment_minor + fee)
        return AllInCost(received, years, tuple(map(Decimal, payments)), (), (), Decimal(0)).exceeds(ceiling)

    assert exceeds(room + 1)
    assert not room or not exceeds(room)


def bullet(upfront: int = 0) -> tuple[Schedule, int]:
    return build(
        1_000_000, Decimal("0.10"), 12, method="bullet", start_on=START, day_count="ACT/365"
    ), 1_000_000 - upfront


@pytest.mark.parametrize(
    ("days", "upfront", "expected"),
    [
        (100, 0, 14_794),  # 5.4 % of 100 days
        (1, 0, 147),
        (0, 0, 0),
        (100, 14_000, 204),  # 986,000 grow to 1,027,601.09
        (100, 15_000, 0),
    ],
)
def test_what_is_left_below_the_ceiling_by_hand(days: int, upfront: int, expected: int) -> None:
    terms, received = bullet(upfront)
    day = START + timedelta(days=days)
    asked = 1_000_000 + round(100_000 * days / 365)
    facts = {"ceiling": Decimal("0.154"), "received_minor": received, "asked_minor": asked}
    assert room_minor(terms, day, payments=[], **facts) == expected
    later = [(day + timedelta(days=1), 500_000)]
    assert room_minor(terms, day, payments=later, **facts) == expected, "what comes later does not count"


def test_after_the_last_row_days_count_on() -> None:
    """She paid half of it 30 days late, and pays the rest now: simple interest of a calendar year."""
    terms, received = bullet()
    due_on = terms.rows[-1].due_on
    paid = [(due_on + timedelta(days=30), 500_000)]
    room = room_minor(
        terms,
        due_on + timedelta(days=60),
        ceiling=Decimal("0.154"),
        received_minor=received,
        payments=paid,
        asked_minor=600_000,
    )
    worth = Decimal(1_154_000) * (1 + Decimal("0.154") * 60 / 365) - 500_000 * (1 + Decimal("0.154") * 30 / 365)
    assert room == int(worth) - 600_000

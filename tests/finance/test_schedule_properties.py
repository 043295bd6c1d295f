"""What holds for every schedule, and the same schedules worked out a second time, slowly, in exact fractions.

The second model is written from the description of the methods alone and shares no code with them, calendar included.
"""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor, prod
from typing import Any

import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.schedules import Schedule, build

METHODS = ("equal_instalment", "equal_principal", "interest_first", "bullet", "flat")
COUNTS = (
    "ACT/360", "ACT/365", "ACT/365F", "ACT/365L", "ACT/ACT", "ACT/ACT ISDA", "ACT/ACT ICMA", "ACT/ACT AFB",
    "30/360", "30/360 ISDA", "30/360 US", "30E/360", "30E/360 ISDA", "NL/365",
)  # fmt: skip
STEPS = ("month", "fortnight", "week", 1, 10, 45)

principals = st.one_of(st.integers(1, 5_000), st.integers(1, 10**12))
rates = st.one_of(st.decimals(0, "0.36", places=4), st.decimals(0, 3, places=6))
lengths = st.one_of(st.integers(1, 36), st.integers(1, 360))
starts = st.dates(date(1999, 1, 1), date(2060, 12, 31))


@st.composite
def loans(draw: st.DrawFn, *, methods: tuple[str, ...] = METHODS, **fixed: Any) -> dict[str, Any]:
    """Arguments of `build` of every kind that go together."""
    every = draw(st.sampled_from(STEPS))
    facts: dict[str, Any] = {
        "principal_minor": draw(principals),
        "annual_rate": draw(rates),
        "periods": draw(lengths),
        "method": draw(st.sampled_from(methods)),
        "start_on": draw(starts),
        "every": every,
        "day_count": draw(st.sampled_from(COUNTS)),
        "fee_minor": draw(st.integers(0, 1_000)),
        "upfront_fee_minor": draw(st.integers(0, 1_000)),
        "level_principal": draw(st.booleans()),
    }
    periods, method = facts["periods"], facts["method"]
    if draw(st.booleans()):
        facts["first_due_on"] = facts["start_on"] + timedelta(days=draw(st.integers(1, 80)))
    if draw(st.booleans()):
        facts["down_payment_minor"] = draw(st.integers(0, facts["principal_minor"] - 1))
    if periods > 1 and method != "bullet" and draw(st.booleans()):
        facts["principal_grace"] = draw(st.integers(0, periods - 1))
        facts["interest_grace"] = draw(st.integers(0, facts["principal_grace"]))
    if periods > 1 and method != "flat" and draw(st.booleans()):
        step = {"month": 28, "fortnight": 14, "week": 7}.get(every, every)
        within = st.integers(1, max(1, step * (periods - 1)))
        if step * (periods - 1) > 1:
            days = sorted(draw(st.lists(within, max_size=3)))
            facts["rate_changes"] = [(facts["start_on"] + timedelta(days=at), draw(rates)) for at in days]
            days = sorted(draw(st.lists(within, max_size=3)))
            facts["drawings"] = [(facts["start_on"] + timedelta(days=at), draw(st.integers(1, 10**9))) for at in days]
    return facts | fixed


def last_due(facts: dict[str, Any]) -> date:
    plain = {key: facts[key] for key in ("periods", "start_on", "every", "first_due_on") if key in facts}
    return build(1, "0", method="interest_first", **plain).rows[-1].due_on


def built(facts: dict[str, Any]) -> Schedule:
    last = last_due(facts)
    for changes in ("rate_changes", "drawings"):
        facts[changes] = [change for change in facts.get(changes, ()) if change[0] < last]
    return build(**facts)


@settings(max_examples=300)
@given(loans())
def test_every_schedule_repays_exactly_and_never_owes_less_than_nothing(facts: dict[str, Any]) -> None:
    schedule = built(facts)
    drawn = sum(amount for _, amount in facts["drawings"])
    assert sum(row.principal_minor for row in schedule.rows) == facts["principal_minor"] + drawn
    assert schedule.rows[-1].balance_minor == 0
    for row in schedule.rows:
        assert row.balance_minor >= 0
        assert row.principal_minor >= 0
        assert row.interest_minor >= 0
        assert row.payment_minor == row.principal_minor + row.interest_minor + row.fee_minor
    advanced = facts["principal_minor"] + drawn - facts["upfront_fee_minor"]
    assert sum(amount for _, amount in schedule.flows()) == schedule.payment_minor - advanced


def worth_less_principal(schedule: Schedule) -> Fraction:
    """Present value of the payments at the schedule's own rate factors, less the principal."""
    worth, discount = Fraction(0), Fraction(1)
    for row, years in zip(schedule.rows, schedule.years, strict=True):
        discount /= 1 + Fraction(schedule.annual_rate) * years
        worth += (row.payment_minor - row.fee_minor) * discount
    return worth - schedule.principal_minor


def fixed(facts: dict[str, Any], *dropped: str) -> dict[str, Any]:
    return {
        key: value
        for key, value in facts.items()
        if key not in {"rate_changes", "drawings", "interest_grace", *dropped}
    }


@settings(max_examples=80)
@given(loans(methods=METHODS[:4]))
def test_payments_are_worth_the_principal_at_the_rate_factors(facts: dict[str, Any]) -> None:
    schedule = build(**fixed(facts))
    assert abs(worth_less_principal(schedule)) <= Fraction(len(schedule.rows), 2)


@settings(max_examples=60)
@given(principals, rates, st.integers(2, 60), st.sampled_from(STEPS[:3]), st.data())
def test_agreed_instalments_are_worth_it_too(
    principal: int, rate: Decimal, periods: int, every: str, data: st.DataObject
) -> None:
    terms: dict[str, Any] = {"start_on": date(2024, 1, 31), "every": every, "day_count": "ACT/365"}
    level = build(principal, rate, periods, **terms)
    least = level.rows[0].interest_minor + 1
    agreed = build(
        principal, rate, periods, instalment_minor=data.draw(st.integers(least, principal + 2 * least)), **terms
    )
    assert sum(row.principal_minor for row in agreed.rows) == principal
    assert len(agreed.rows) <= periods
    assert len({row.payment_minor for row in agreed.rows[:-1]}) <= 1 or rate > 0
    assert abs(worth_less_principal(agreed)) <= Fraction(len(agreed.rows), 2)
    by_hand = build(principal, rate, periods, instalments_minor=[row.payment_minor for row in level.rows[:-1]], **terms)
    assert by_hand.rows == level.rows


def periodic_rate(schedule: Schedule, guess: float) -> float:
    flows = [-schedule.principal_minor, *(row.payment_minor - row.fee_minor for row in schedule.rows)]
    rate = pyxirr.irr(flows, guess=guess)
    assert rate is not None
    return float(rate)


@settings(max_examples=120)
@given(
    st.integers(10**6, 10**11),
    st.one_of(st.decimals("0.001", "0.36", places=4), st.decimals("0.36", 3, places=4)),
    st.integers(2, 120),
    st.sampled_from([("month", "30/360", 12), ("week", "ACT/365", Fraction(365, 7)), (10, "ACT/360", 36)]),
    st.sampled_from(("equal_instalment", "equal_principal", "interest_first", "flat")),
)
def test_the_periodic_internal_rate_is_the_rate(
    principal: int, rate: Decimal, periods: int, step: tuple[Any, str, Any], method: str
) -> None:
    every, day_count, a_year = step
    schedule = build(
        principal, rate, periods, method=method, start_on=date(2024, 2, 29), every=every, day_count=day_count
    )
    a_period = float(rate) / float(a_year)
    found = periodic_rate(schedule, a_period) * float(a_year)
    # By how much a rate changes when the payments' worth changes by half a unit a row.
    slope = sum(row.payment_minor * row.number / (1 + a_period) ** (row.number + 1) for row in schedule.rows)
    rounding = 1.1 * (len(schedule.rows) / 2) / slope * float(a_year) + 1e-9
    if method == "flat":
        assert found > float(rate) + rounding
    else:
        assert found == pytest.approx(float(rate), abs=rounding)


@settings(max_examples=100)
@given(
    st.integers(10**7, 10**11),
    st.decimals("0.001", "0.36", places=4),
    st.integers(1, 120),
    st.sampled_from(("equal_instalment", "equal_principal", "interest_first")),
    st.dates(date(2000, 1, 1), date(2040, 12, 31)),
    st.sampled_from(("ACT/365", "ACT/ACT", "30/360")),
)
def test_the_dated_internal_rate_is_the_monthly_one_compounded(
    principal: int, rate: Decimal, periods: int, method: str, start_on: date, day_count: str
) -> None:
    if day_count == "30/360" and not ((periods >= 12 and rate <= Decimal("0.24")) or periods >= 36):
        # A month of 30/360 is a twelfth of a year, XIRR sees 28 to 31 days: over few months that shows.
        return
    schedule = build(principal, rate, periods, method=method, start_on=start_on, day_count=day_count)
    days, amounts = zip(*schedule.flows(), strict=True)
    compounded = (1 + float(rate) / 12) ** 12 - 1
    assert pyxirr.xirr(days, amounts) == pytest.approx(compounded, abs=0.002)


@settings(max_examples=60)
@given(loans(day_count="ACT/365"), st.decimals("0.0001", "0.5", places=4))
def test_a_dearer_loan_costs_more(facts: dict[str, Any], more: Decimal) -> None:
    facts = fixed(facts)
    low = build(**facts)
    high = build(**(facts | {"annual_rate": facts["annual_rate"] + more}))
    # Each row's interest is rounded once in each schedule. A level instalment is rounded too, and what that leaves of the
    # balance bears interest to the end.
    growth = 1.0
    if facts["method"] == "equal_instalment":
        growth = prod(float(1 + Fraction(high.annual_rate) * years) for years in high.years)
    assert high.interest_minor >= low.interest_minor - len(low.rows) * growth


# The second model.


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def month_after(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def due_days(start: date, every: Any, periods: int) -> list[date]:
    if every == "month":
        return [month_after(start, at) for at in range(1, periods + 1)]
    step = {"fortnight": 14, "week": 7}.get(every, every)
    return [start + timedelta(days=step * at) for at in range(1, periods + 1)]


def years_between(start: date, end: date, every: Any, day_count: str) -> Fraction:
    days = (end - start).days
    if day_count == "30/360":
        if every == "month":
            return Fraction(1, 12)
        first = min(start.day, 30)
        last = 30 if end.day == 31 and first == 30 else end.day
        return Fraction((end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first, 360)
    if day_count == "ACT/ACT":
        inside = [(start + timedelta(days=at)).year for at in range(1, days + 1)]
        return sum(
            (Fraction(inside.count(year), 366 if monthrange(year, 2)[1] == 29 else 365) for year in set(inside)),
            Fraction(0),
        )
    return Fraction(days, {"ACT/365": 365, "ACT/360": 360}[day_count])


def second_model(
    principal: int, rate: Fraction, years: list[Fraction], method: str, grace: int, level_principal: bool
) -> list[tuple[int, int]]:
    """(principal, interest) by row."""
    count = len(years)
    if method == "bullet":
        return [(principal, half_up(principal * rate * sum(years)))]
    if method == "equal_instalment":
        waiting = [(0, half_up(principal * rate * length)) for length in years[:grace]]
        return waiting + second_level(principal, rate, years[grace:])
    rows = count - grace
    if method == "interest_first":
        balances = [principal] * (count - 1) + [0]
    elif level_principal:
        part = half_up(Fraction(principal, rows))
        balances = [principal] * grace + [max(0, principal - part * row) for row in range(1, rows)] + [0]
    else:
        balances = [principal] * grace + [
            half_up(Fraction(principal * (rows - row), rows)) for row in range(1, rows + 1)
        ]
    parts, before = [], principal
    for after, length in zip(balances, years, strict=True):
        parts.append((before - after, half_up((principal if method == "flat" else before) * rate * length)))
        before = after
    return parts


def second_level(principal: int, rate: Fraction, years: list[Fraction]) -> list[tuple[int, int]]:
    annuity, discount = Fraction(0), Fraction(1)
    for length in years:
        discount /= 1 + rate * length
        annuity += discount

    def rows(instalment: int) -> list[tuple[int, int]]:
        balance, parts = principal, []
        for at, length in enumerate(years):
            interest = half_up(balance * rate * length)
            part = balance if at == len(years) - 1 else min(balance, max(0, instalment - interest))
            parts.append((part, interest))
            balance -= part
        return parts

    instalment = half_up(principal / annuity)
    plain = rows(instalment)
    difference = sum(plain[-1]) - instalment
    step = round(Fraction(difference, len(years)))
    if step:
        raised = rows(instalment + step)
        if abs(sum(raised[-1]) - instalment - step) < abs(difference):
            return raised
    return plain


@settings(max_examples=250)
@given(
    principals,
    rates,
    st.one_of(st.integers(1, 24), st.integers(1, 90)),
    st.sampled_from(METHODS),
    starts,
    st.sampled_from(STEPS),
    st.sampled_from(("30/360", "ACT/365", "ACT/360", "ACT/ACT")),
    st.integers(0, 5),
    st.booleans(),
)
def test_a_second_model_gives_the_same_rows(
    principal: int,
    rate: Decimal,
    periods: int,
    method: str,
    start_on: date,
    every: Any,
    day_count: str,
    grace: int,
    level_principal: bool,
) -> None:
    grace = 0 if method == "bullet" else min(grace, periods - 1)
    days = due_days(start_on, every, periods)
    years = [
        years_between(since, until, every, day_count) for since, until in zip([start_on, *days], days, strict=False)
    ]
    expected = second_model(principal, Fraction(rate), years, method, grace, level_principal)
    schedule = build(
        principal,
        rate,
        periods,
        method=method,
        start_on=start_on,
        every=every,
        day_count=day_count,
        principal_grace=grace,
        level_principal=level_principal,
    )
    assert [(row.principal_minor, row.interest_minor) for row in schedule.rows] == expected
    assert [row.due_on for row in schedule.rows] == (days[-1:] if method == "bullet" else days)


@pytest.mark.parametrize(
    ("rate", "periods"),
    [(rate, periods) for rate in ("0.0001", "0.049", "0.12", "0.36") for periods in (1, 12, 120, 360)] + [("3", 12)],
)
def test_level_instalments_by_the_annuity_formula(rate: str, periods: int) -> None:
    """P·i ÷ (1 − (1 + i)^−n), what spreadsheets and numpy-financial call PMT, here in decimals of sixty digits."""
    with localcontext(prec=60):
        monthly = Decimal(rate) / 12
        exact = 123_456_789 * monthly / (1 - (1 + monthly) ** -periods)
        instalment = int(exact.to_integral_value("ROUND_HALF_UP"))
    rows = build(123_456_789, rate, periods, start_on=date(2024, 1, 1)).rows
    # The step spreads the last row's difference, once: over 360 rows at 3 % a month half a unit grows to thousands.
    assert abs(rows[0].payment_minor - instalment) <= (1 if periods < 120 else periods)


def test_level_instalments_of_known_loans() -> None:
    """Excel's PMT: 30 years at 6 % on 100,000 is 599.55, 5 years at 8.5 % on 20,000 is 410.33, 1 year at 12 % 888.49."""
    for principal, rate, periods, payment in (
        (10_000_000, "0.06", 360, 59_955),
        (2_000_000, "0.085", 60, 41_033),
        (1_000_000, "0.12", 12, 88_849),
    ):
        assert build(principal, rate, periods, start_on=date(2024, 1, 1)).rows[0].payment_minor == payment

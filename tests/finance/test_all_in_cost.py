from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.all_in_cost import all_in_cost
from finance.errors import DatesOutOfOrder, FinanceError, NoRoot
from finance.rescheduling import prepay, reschedule
from finance.returns import nominal_rate
from finance.schedules import Schedule, build

START = date(2024, 1, 15)
A_LITTLE = Decimal("0.000001")
METHODS = ("equal_instalment", "equal_principal", "interest_first", "bullet")


def costs_exactly(schedule: Schedule, rate: Decimal) -> None:
    cost = all_in_cost(schedule)
    assert not cost.exceeds(rate)
    assert cost.exceeds(rate - A_LITTLE)
    if min(schedule.principal_minor, *(row.payment_minor or 10**6 for row in schedule.rows)) > 10_000:
        assert cost.rate() == pytest.approx(float(rate), abs=1e-9)


@given(
    principal=st.integers(1_000_000, 10**12),
    rate=st.decimals("0.001", "0.36", places=4),
    periods=st.integers(1, 60),
    method=st.sampled_from(METHODS),
    every=st.sampled_from(["month", "fortnight", "week", 10]),
    day_count=st.sampled_from(["30/360", "ACT/365", "ACT/ACT", "30E/360", "NL/365", "ACT/ACT ICMA", "30E/360 ISDA"]),
    stub=st.integers(0, 50),
    rounding=st.sampled_from(["half_up", "half_even", "up", "down"]),
)
def test_without_fees_a_loan_costs_its_rate(stub: int, periods: int, rate: Decimal, **facts: Any) -> None:
    first = START + timedelta(days=stub) if stub else None
    schedule = build(facts.pop("principal"), rate, periods, start_on=START, first_due_on=first, **facts)
    costs_exactly(schedule, rate)


@pytest.mark.parametrize("method", METHODS)
def test_a_year_of_360_days_costs_365_of_them(method: str) -> None:
    schedule = build(10**9, "0.18", 12, start_on=START, day_count="ACT/360", method=method)
    costs_exactly(schedule, Decimal("0.18") * 365 / 360)


@pytest.mark.parametrize("rounding", ["half_up", "up"])
@pytest.mark.parametrize(
    "facts",
    [
        {"principal_grace": 3, "method": "equal_principal"},
        {"down_payment_minor": 400_000},
        {"instalment_minor": 300_000},
        {"instalments_minor": [50_000, 900_000, 10_000, 20_000, 30_000]},
        {"level_principal": True, "method": "equal_principal"},
    ],
)
def test_however_it_is_repaid(facts: dict[str, Any], rounding: Any) -> None:
    costs_exactly(build(1_234_567, "0.12", 6, start_on=START, rounding=rounding, **facts), Decimal("0.12"))


def test_interest_put_off_costs_less() -> None:
    put_off = all_in_cost(build(1_234_567, "0.12", 6, start_on=START, principal_grace=3, interest_grace=2))
    assert not put_off.exceeds(Decimal("0.1195"))
    assert put_off.exceeds(Decimal("0.115"))
    assert put_off.allowed_minor == 0
    assert sum(put_off.payments_minor) == pytest.approx(
        1_234_567 * (1 + 3 * Decimal("0.01"))
        + sum(row.interest_minor for row in build(1_234_567, "0.12", 3, start_on=START).rows),
        abs=2,
    )


def test_interest_put_off_is_rounded_once_for_each_row_it_is_of() -> None:
    put_off = all_in_cost(
        build(1_234_501, "0.1201", 6, start_on=START, principal_grace=4, interest_grace=3, rounding="up")
    )
    assert put_off.allowed_minor == 0


def test_a_loan_turned_flat_on_the_way_is_allowed_half_a_unit_a_row() -> None:
    assert (
        all_in_cost(
            reschedule(build(1_234_501, "0.12", 6, start_on=START), date(2024, 4, 15), method="flat")
        ).allowed_minor
        == 3
    )


def test_money_drawn_when_no_day_of_the_count_is_left() -> None:
    schedule = build(10**6, "0.12", 3, start_on=date(2023, 1, 31), drawings=[(date(2023, 3, 30), 5_000)])
    assert all_in_cost(schedule).between == ((1, 0, -5_000),)


def test_flat_interest_is_known_before_its_rounding_too() -> None:
    cost = all_in_cost(build(5_555, "0.12", 12, start_on=START, method="flat"))
    assert cost.allowed_minor == 0
    assert sum(cost.payments_minor) == Decimal(5_555) * Decimal("1.12")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("day_count", ["30/360", "ACT/365", "ACT/ACT"])
def test_money_drawn_later_is_received_later(method: str, day_count: str) -> None:
    """Drawings within periods and on due days bear the agreed rate, so the loan costs that, to the rounding of its rows."""
    drawings = [(date(2024, 2, 1), 5_000_000_000), (date(2024, 4, 15), 7_000_000_000), (date(2024, 4, 28), 10**9)]
    schedule = build(
        10**10, "0.154", 9, start_on=START, method=method, day_count=day_count, drawings=drawings, rounding="half_even"
    )
    cost = all_in_cost(schedule)
    assert not cost.exceeds(Decimal("0.154"))
    assert cost.exceeds(Decimal("0.15399"))
    assert cost.rate() == pytest.approx(0.154, abs=1e-8)


def test_a_cent_a_day_does_not_compound_the_loan_daily() -> None:
    schedule = build(10**8, "0.16", 12, start_on=START)
    cents = [(START + timedelta(days=at), 1) for at in range(1, 366)]
    assert all_in_cost(schedule, cents).exceeds(Decimal("0.16"))
    assert all_in_cost(schedule, cents).rate() == pytest.approx(0.16, abs=1e-4)


def test_fees_raise_the_rate_as_the_formula_says() -> None:
    # 12,000 received less 600, 1,000 and a fee of 50 a month: the monthly rate at which twelve payments are worth 11,400.
    schedule = build(1_200_000, "0", 12, start_on=START, fee_minor=5_000, upfront_fee_minor=60_000)
    monthly = all_in_cost(schedule).rate() / 12
    assert sum(105_000 / (1 + monthly) ** at for at in range(1, 13)) == pytest.approx(1_140_000)
    assert all_in_cost(schedule).rate() == pytest.approx(nominal_rate(schedule), rel=1e-12)


def test_costs_before_between_and_after() -> None:
    schedule = build(1_000_000, "0.12", 1, start_on=START, day_count="ACT/365")
    (row,) = schedule.rows
    assert all_in_cost(schedule, [(START, 10_000)]).received_minor == 990_000
    inside = all_in_cost(schedule, [(START + timedelta(days=10), 10_000)])
    rate = inside.rate()
    assert row.payment_minor + 10_000 * (1 + rate * 21 / 365) == pytest.approx(
        1_000_000 * (1 + rate * 31 / 365), rel=1e-6
    )
    later = all_in_cost(schedule, [(row.due_on + timedelta(days=73), 10_000)])
    rate = later.rate()
    growth = 1 + rate * 31 / 365
    assert row.payment_minor / growth + 10_000 / (growth * (1 + rate / 5)) == pytest.approx(1_000_000, rel=1e-6)
    assert inside.exceeds(Decimal("0.2"))
    assert later.exceeds(Decimal("0.2"))
    due = all_in_cost(schedule, [(row.due_on, 10_000)])
    assert due.rate() == pytest.approx((row.payment_minor + 10_000 - 1_000_000) / 1_000_000 * 365 / 31, abs=1e-5)


def test_a_loan_continued_at_another_rate_is_allowed_half_a_unit_a_row() -> None:
    before = build(1_000_000, "0.12", 12, start_on=START)
    after = reschedule(before, date(2024, 4, 15), annual_rate="0.154")
    assert all_in_cost(after).allowed_minor == 6
    costs = all_in_cost(after)
    assert not costs.exceeds(Decimal("0.154"))
    assert costs.exceeds(Decimal("0.12"))
    same = prepay(before, date(2024, 4, 15), 100_000).schedule
    assert same is not None
    costs_exactly(same, Decimal("0.12"))


def test_refusals() -> None:
    schedule = build(1_000_000, "0.12", 12, start_on=START)
    for costs, field in (
        ([(START, -1)], "further_costs"),
        ([(START, 1_000_000)], "further_costs"),
        ([(START, 1.5)], "further_costs"),
        ([START], "further_costs"),
        (5, "further_costs"),
        ([(START, 1)] * 4_001, "further_costs"),
    ):
        with pytest.raises(FinanceError) as refused:
            all_in_cost(schedule, costs)  # type: ignore[arg-type]
        assert refused.value.field == field
    with pytest.raises(DatesOutOfOrder):
        all_in_cost(schedule, [(START - timedelta(days=1), 5)])
    with pytest.raises(NoRoot):
        all_in_cost(build(1, "0", 1, start_on=START), [(START + timedelta(days=1), 10**18)]).rate()

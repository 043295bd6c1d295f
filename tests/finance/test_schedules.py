from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CalendarUnknown, CannotBeMet, DatesOutOfOrder, FinanceError
from finance.returns import effective_rate, nominal_rate
from finance.schedules import Schedule, build

METHODS = ("equal_instalment", "equal_principal", "interest_first", "bullet", "flat")
START = date(2023, 12, 12)

terms = st.fixed_dictionaries(
    {
        "principal_minor": st.integers(1, 10**12),
        "annual_rate": st.decimals(0, 1, places=4),
        "periods": st.integers(1, 72),
        "start_on": st.dates(date(2000, 1, 1), date(2050, 12, 31)),
        "every": st.sampled_from(["month", "fortnight", "week", 1, 10, 30]),
        "day_count": st.sampled_from(["30/360", "ACT/365", "ACT/360", "ACT/ACT", "ACT/ACT ISDA", "30E/360", "NL/365"]),
        "rounding": st.sampled_from(["half_up", "half_even", "down", "up"]),
        "level_principal": st.booleans(),
        "fee_minor": st.integers(0, 1000),
    }
)


def payments(schedule: Schedule) -> list[int]:
    return [row.payment_minor for row in schedule.rows]


def test_conventional_equal_instalments() -> None:
    schedule = build(1_000_000, "0.12", 6, start_on=START, day_count="ACT/ACT")
    assert payments(schedule) == [172_556] * 5 + [172_559]
    assert schedule.interest_minor == 35_339
    assert payments(build(10_000, "0.12", 6, start_on=START)) == [1_725] * 5 + [1_728]
    schedule = build(33_177, "0.1065", 5, start_on=START, day_count="ACT/ACT")
    assert payments(schedule) == [6_814] * 4 + [6_812]


def test_conventional_equal_principal() -> None:
    schedule = build(100_000_000, "0.049", 360, start_on=START, method="equal_principal")
    assert schedule.rows[0].payment_minor == 686_111
    assert schedule.interest_minor == 73_704_167
    level = build(100_000_000, "0.049", 360, start_on=START, method="equal_principal", level_principal=True)
    assert [row.principal_minor for row in level.rows] == [277_778] * 359 + [277_698]
    assert level.interest_minor == 73_704_108


def test_the_balance_of_equal_principal_is_rounded_not_its_parts() -> None:
    rows = build(100, "0", 7, start_on=START, method="equal_principal").rows
    assert [row.balance_minor for row in rows] == [86, 71, 57, 43, 29, 14, 0]


def test_interest_first_and_bullet() -> None:
    rows = build(1_000_000, "0.12", 3, start_on=START, method="interest_first").rows
    assert [(row.principal_minor, row.interest_minor, row.balance_minor) for row in rows] == [
        (0, 10_000, 1_000_000),
        (0, 10_000, 1_000_000),
        (1_000_000, 10_000, 0),
    ]
    (row,) = build(1_000_000, "0.12", 3, start_on=START, method="bullet").rows
    assert (row.number, row.from_on, row.due_on, row.days) == (1, START, date(2024, 3, 12), 91)
    assert (row.principal_minor, row.interest_minor, row.payment_minor) == (1_000_000, 30_000, 1_030_000)


def test_flat_interest_stays_on_the_original_principal() -> None:
    schedule = build(120_000, "0.12", 12, start_on=START, method="flat")
    assert payments(schedule) == [11_200] * 12
    assert nominal_rate(schedule) > 0.21


def test_zero_rate_divides_the_principal() -> None:
    assert payments(build(100, "0", 3, start_on=START)) == [33, 33, 34]
    # Rounding leaves 40 for the last of 60 instalments of 8; 1 more in each leaves less of a difference.
    assert payments(build(519, "0", 60, start_on=START))[:2] == [9, 9]


def test_the_step_is_rounded_to_even_and_taken_only_if_it_helps() -> None:
    # The last of 60 instalments of 21 is 30 more; 30 ÷ 60 rounds to 0.
    assert payments(build(1_109, "0.06", 60, start_on=START)) == [21] * 59 + [51]
    # 6 ÷ 10 rounds to 1, but instalments of 339 would leave 6 less instead of 6 more.
    assert payments(build(2_887, "0.36", 10, start_on=START)) == [338] * 9 + [344]


def test_fees_ride_on_the_rows_or_are_kept_back() -> None:
    schedule = build(120_000, "0.12", 12, start_on=START, fee_minor=100, upfront_fee_minor=600)
    assert {row.payment_minor - row.principal_minor - row.interest_minor for row in schedule.rows} == {100}
    assert schedule.fee_minor == 1_800
    assert schedule.flows()[0] == (START, -119_400)
    assert nominal_rate(schedule) > 0.14


def test_due_days_keep_their_anchor_at_month_ends() -> None:
    rows = build(100_000, "0.06", 4, start_on=date(2024, 1, 31)).rows
    assert [row.due_on for row in rows] == [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)]
    assert [row.interest_minor for row in rows[:1]] == [500]


def test_a_first_period_of_another_length() -> None:
    rows = build(100_000, "0.12", 3, start_on=date(2024, 1, 10), first_due_on=date(2024, 2, 25)).rows
    assert [row.due_on for row in rows] == [date(2024, 2, 25), date(2024, 3, 25), date(2024, 4, 25)]
    assert rows[0].interest_minor == 1_500
    ends = build(100_000, "0.12", 3, start_on=date(2024, 2, 10), first_due_on=date(2024, 2, 29), due_day=31).rows
    assert [row.due_on for row in ends] == [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]


def test_a_stub_by_icma_is_counted_by_regular_periods() -> None:
    def first_years(start: date, first: date, **facts: object) -> Fraction:
        schedule = build(100, "0.12", 3, start_on=start, first_due_on=first, day_count="act/act (icma)", **facts)  # type: ignore[arg-type]
        assert schedule.years[1:] == (Fraction(1, 12),) * 2
        return schedule.years[0]

    assert first_years(date(2024, 1, 10), date(2024, 2, 10)) == Fraction(1, 12)
    assert first_years(date(2024, 2, 1), date(2024, 2, 10)) == Fraction(9, 12 * 31)
    # 10 January to 10 February is regular, 5 days of 10 December to 10 January come before it.
    assert first_years(date(2024, 1, 5), date(2024, 2, 10)) == Fraction(1, 12) + Fraction(5, 12 * 31)
    # With due days at month ends: 30 days of 31 January to 29 February would be, 29 are.
    assert first_years(date(2024, 1, 31), date(2024, 2, 29), due_day=31) == Fraction(1, 12)
    weekly = build(
        100, "0.12", 2, start_on=START, first_due_on=date(2023, 12, 22), every="week", day_count="ACT/ACT ICMA"
    )
    assert weekly.years == (Fraction(1, 52) + Fraction(3, 52 * 7), Fraction(1, 52))


def test_due_days_roll_and_interest_follows_only_if_asked() -> None:
    facts = {"start_on": date(2024, 6, 30), "calendar": "weekends", "roll": "following", "day_count": "ACT/365"}
    kept = build(100_000, "0.365", 3, **facts).rows  # type: ignore[arg-type]
    assert [row.due_on for row in kept] == [date(2024, 7, 30), date(2024, 8, 30), date(2024, 9, 30)]
    facts["start_on"] = date(2024, 7, 31)
    kept = build(100_000, "0.365", 1, method="bullet", **facts).rows  # type: ignore[arg-type]
    moved = build(100_000, "0.365", 1, method="bullet", adjust_interest=True, **facts).rows  # type: ignore[arg-type]
    assert kept[0].due_on == moved[0].due_on == date(2024, 9, 2)
    assert (kept[0].days, kept[0].interest_minor) == (31, 3_100)
    assert (moved[0].days, moved[0].interest_minor) == (33, 3_300)


def test_months_moved_by_a_holiday_are_counted_if_interest_follows() -> None:
    # From Friday 31 May to Monday 1 July: 31 days by 30/360 where interest follows, a twelfth of a year where it does not.
    facts = {"start_on": date(2024, 5, 31), "calendar": "weekends", "roll": "following"}
    assert build(360_000, "0.1", 1, adjust_interest=True, **facts).rows[0].interest_minor == 3_100  # type: ignore[arg-type]
    assert build(360_000, "0.1", 1, **facts).rows[0].interest_minor == 3_000  # type: ignore[arg-type]


def test_a_chinese_due_day_in_an_unknown_year_is_refused() -> None:
    with pytest.raises(CalendarUnknown):
        build(100_000, "0.1", 120, start_on=START, calendar="CN", roll="following")


@given(terms, st.sampled_from(METHODS))
def test_every_schedule_repays_exactly(facts: dict[str, object], method: str) -> None:
    schedule = build(method=method, **facts)  # type: ignore[arg-type]
    rows = schedule.rows
    assert sum(row.principal_minor for row in rows) == facts["principal_minor"]
    assert rows[-1].balance_minor == 0
    balance, before = schedule.principal_minor, schedule.start_on
    for at, row in enumerate(rows, 1):
        balance -= row.principal_minor
        assert (row.number, row.balance_minor, row.from_on) == (at, balance, before)
        assert row.payment_minor == row.principal_minor + row.interest_minor + row.fee_minor
        assert row.principal_minor >= 0 <= row.interest_minor
        assert balance >= 0
        assert row.days == (row.due_on - row.from_on).days > 0
        before = row.due_on


@given(terms, st.sampled_from([method for method in METHODS if method != "flat"]))
def test_interest_is_the_balance_times_rate_times_years_rounded_once(facts: dict[str, object], method: str) -> None:
    schedule = build(method=method, **facts)  # type: ignore[arg-type]
    balance = schedule.principal_minor
    for row, years in zip(schedule.rows, schedule.years, strict=True):
        assert abs(row.interest_minor - balance * Fraction(schedule.annual_rate) * years) < 1
        balance = row.balance_minor


@given(terms, st.sampled_from([method for method in METHODS if method != "flat"]))
def test_worth_at_its_own_rate_is_the_principal(facts: dict[str, object], method: str) -> None:
    facts |= {"rounding": "half_up", "fee_minor": 0}
    schedule = build(method=method, **facts)  # type: ignore[arg-type]
    worth, discount = Fraction(0), Fraction(1)
    for row, years in zip(schedule.rows, schedule.years, strict=True):
        discount /= 1 + Fraction(schedule.annual_rate) * years
        worth += row.payment_minor * discount
    assert abs(worth - schedule.principal_minor) <= Fraction(len(schedule.rows), 2)


@given(st.integers(10**6, 10**10), st.decimals("0.001", "0.6", places=4), st.integers(1, 60), st.sampled_from(METHODS))
def test_rates_come_back_out_of_the_rows(principal: int, rate: Decimal, periods: int, method: str) -> None:
    schedule = build(principal, rate, periods, start_on=START, method=method)
    if method == "flat":
        assert periods == 1 or nominal_rate(schedule) > float(rate)
        return
    assert nominal_rate(schedule) == pytest.approx(float(rate), abs=1e-4)
    if method != "bullet":
        # Months differ by a day or three from a twelfth of 365 days: in a single period that shows.
        tolerance = 0.002 if periods >= 12 and rate < Decimal("0.25") else 0.2
        assert effective_rate(schedule) == pytest.approx((1 + float(rate) / 12) ** 12 - 1, abs=tolerance)


@given(st.integers(10**4, 10**9), st.decimals(0, "0.36", places=4), st.integers(1, 60))
def test_instalments_are_level_and_the_last_is_near(principal: int, rate: Decimal, periods: int) -> None:
    rows = build(principal, rate, periods, start_on=START).rows
    assert len({row.payment_minor for row in rows[:-1]}) <= 1
    # Half a unit of rounding in the instalment and half in each interest, compounded; never more after the step.
    assert abs(rows[-1].payment_minor - rows[0].payment_minor) <= 3 * periods


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"principal_minor": 0}, "out_of_range", "principal_minor"),
        ({"principal_minor": -5}, "out_of_range", "principal_minor"),
        ({"principal_minor": 100.0}, "inexact_number", "principal_minor"),
        ({"principal_minor": True}, "inexact_number", "principal_minor"),
        ({"principal_minor": 2**63}, "out_of_range", "principal_minor"),
        ({"annual_rate": "-1.01"}, "out_of_range", "annual_rate"),
        ({"annual_rate": "1001"}, "out_of_range", "annual_rate"),
        ({"annual_rate": 0.12}, "inexact_number", "annual_rate"),
        ({"annual_rate": "NaN"}, "inexact_number", "annual_rate"),
        ({"annual_rate": Decimal("Infinity")}, "inexact_number", "annual_rate"),
        ({"annual_rate": "12%"}, "inexact_number", "annual_rate"),
        ({"periods": 0}, "out_of_range", "periods"),
        ({"periods": 3_661}, "out_of_range", "periods"),
        ({"periods": 6.0}, "inexact_number", "periods"),
        ({"method": "balloon"}, "unknown_choice", "method"),
        ({"every": "year"}, "unknown_choice", "every"),
        ({"every": 0}, "out_of_range", "every"),
        ({"day_count": "ACT/364"}, "unknown_choice", "day_count"),
        ({"rounding": "bankers"}, "unknown_choice", "rounding"),
        ({"calendar": "MARS"}, "unknown_choice", "calendar"),
        ({"roll": "sideways"}, "unknown_choice", "roll"),
        ({"first_due_on": START}, "dates_out_of_order", "first_due_on"),
        ({"due_day": 15}, "out_of_range", "due_day"),
        ({"first_due_on": date(2024, 1, 20), "due_day": 15}, "out_of_range", "due_day"),
        ({"start_on": "2024-01-01"}, "inexact_number", "start_on"),
        ({"start_on": date(9999, 11, 1), "periods": 3}, "out_of_range", "periods"),
        ({"start_on": date(9999, 11, 1), "every": 30, "periods": 3}, "out_of_range", "periods"),
        ({"fee_minor": -1}, "out_of_range", "fee_minor"),
        ({"upfront_fee_minor": -1}, "out_of_range", "upfront_fee_minor"),
    ],
)
def test_bad_input_is_refused_with_its_field(changed: dict[str, object], code: str, field: str) -> None:
    facts: dict[str, object] = {"principal_minor": 100_000, "annual_rate": "0.1", "periods": 6, "start_on": START}
    with pytest.raises(FinanceError) as refused:
        build(**(facts | changed))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)


def test_due_days_that_fall_together_are_refused() -> None:
    with pytest.raises(DatesOutOfOrder):
        build(
            100,
            "0.1",
            5,
            start_on=date(2024, 8, 29),
            every=1,
            calendar="weekends",
            roll="following",
            adjust_interest=True,
        )


def test_a_rate_that_eats_the_balance_is_refused() -> None:
    with pytest.raises(CannotBeMet):
        build(100, "-1", 2, start_on=START, every=400, day_count="ACT/365")
    with pytest.raises(CannotBeMet):
        build(100, "-1", 2, start_on=START, every=365, day_count="ACT/365")
    negative = build(100_000, "-0.02", 12, start_on=START)
    assert negative.interest_minor < 0
    assert negative.rows[-1].balance_minor == 0


def test_an_instalment_below_the_interest_of_a_long_month_still_pays_it() -> None:
    rows = build(100_000, "6", 240, start_on=START, day_count="ACT/360").rows
    assert all(row.principal_minor >= 0 for row in rows)
    assert rows[-1].balance_minor == 0
    assert rows[1].from_on - rows[0].from_on == timedelta(days=31)


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"level_principal": "no"}, "wrong_shape", "level_principal"),
        ({"adjust_interest": 0}, "wrong_shape", "adjust_interest"),
        ({"due_day": 5, "every": "week"}, "out_of_range", "due_day"),
        ({"due_day": "x", "every": 10}, "out_of_range", "due_day"),
        ({"principal_minor": 2**63 - 1, "annual_rate": "1000"}, "out_of_range", "annual_rate"),
    ],
)
def test_what_would_be_misread_is_refused(facts: dict[str, object], code: str, field: str) -> None:
    wanted = {"principal_minor": 100_000, "annual_rate": "0.12", "periods": 2, "start_on": date(2024, 1, 5)}
    with pytest.raises(FinanceError) as refused:
        build(**(wanted | facts))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)

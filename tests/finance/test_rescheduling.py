from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, DatesOutOfOrder, FinanceError
from finance.exact import rounded
from finance.rescheduling import prepay, reschedule
from finance.schedules import Schedule, build

START = date(2024, 1, 31)
methods = st.sampled_from(["equal_instalment", "equal_principal", "interest_first"])


def holds_together(schedule: Schedule) -> None:
    balance = schedule.principal_minor
    for at, row in enumerate(schedule.rows, 1):
        balance -= row.principal_minor
        assert (row.number, row.balance_minor) == (at, balance)
    assert balance == 0
    assert len(schedule.years) == len(schedule.rows)
    assert schedule.flows()[0][0] == schedule.start_on == schedule.rows[0].from_on
    assert all(row.days >= 0 for row in schedule.rows)


def loan(**changed: object) -> Schedule:
    facts: dict[str, object] = {"principal_minor": 1_200_000, "annual_rate": "0.12", "periods": 12, "start_on": START}
    return build(**(facts | changed))  # type: ignore[arg-type]


def test_a_longer_term_from_a_due_day() -> None:
    before = loan()
    after = reschedule(before, date(2024, 4, 30), periods=18)
    holds_together(after)
    assert after.rows[:3] == before.rows[:3]
    assert len(after.rows) == 21
    assert [row.due_on for row in after.rows[3:5]] == [date(2024, 5, 31), date(2024, 6, 30)]
    assert after.rows[3].payment_minor < before.rows[3].payment_minor


def test_a_lower_rate_between_two_due_days_counts_from_its_day() -> None:
    before = loan(day_count="ACT/365")
    after = reschedule(before, date(2024, 5, 10), annual_rate="0.06")
    holds_together(after)
    owed = before.rows[2].balance_minor
    assert after.rows[3].from_on == date(2024, 4, 30)
    assert after.rows[3].interest_minor == round(owed * (Decimal("0.12") * 10 + Decimal("0.06") * 21) / 365)
    assert after.rows[3].payment_minor == before.rows[3].payment_minor
    assert after.rows[5].payment_minor < before.rows[5].payment_minor


def test_another_method_and_due_day() -> None:
    after = reschedule(loan(), date(2024, 3, 31), method="interest_first", first_due_on=date(2024, 5, 10))
    holds_together(after)
    assert [row.due_on for row in after.rows[2:4]] == [date(2024, 5, 10), date(2024, 6, 10)]
    assert after.rows[2].principal_minor == 0


@given(st.integers(1, 360), methods, st.integers(1, 40))
def test_any_rescheduling_repays_exactly(day: int, method: str, periods: int) -> None:
    before = loan()
    from_on = START + timedelta(days=day)
    if from_on >= before.rows[-1].due_on:
        return
    holds_together(reschedule(before, from_on, annual_rate="0.08", periods=periods, method=method))


def test_settling_a_loan_early() -> None:
    before = loan(day_count="ACT/365")
    owed = before.rows[2].balance_minor
    settled = prepay(before, date(2024, 5, 10), owed, fee_rate="0.01")
    assert settled.schedule is None
    assert settled.interest_minor == round(owed * Decimal("0.12") * 10 / 365)
    assert settled.fee_minor == round(owed * Decimal("0.01"))
    assert settled.payment_minor == owed + settled.interest_minor + settled.fee_minor


@pytest.mark.parametrize("day_count", ["ACT/ACT ICMA", "ACT/365L", "30E/360 ISDA"])
def test_a_count_that_looks_at_the_period_tells_its_parts_too(day_count: str) -> None:
    before = loan(day_count=day_count, start_on=date(2024, 1, 10))
    part = prepay(before, date(2024, 4, 25), 1)
    assert part.schedule is not None
    # 15 of the 30 days from 10 April to 10 May, and the other 15.
    assert part.schedule.years[3] == before.years[3] / 2
    assert part.schedule.years[4] == before.years[3] / 2
    changed = loan(day_count=day_count, start_on=date(2024, 1, 10), rate_changes=[(date(2024, 4, 25), "0.24")])
    assert abs(changed.rows[3].interest_minor - before.rows[3].interest_minor * 1.5) <= 1


def test_paying_ahead_lowers_the_instalments_or_the_term() -> None:
    before = loan(day_count="ACT/365")
    lower = prepay(before, date(2024, 5, 10), 400_000).schedule
    shorter = prepay(before, date(2024, 5, 10), 400_000, keep="instalment").schedule
    assert lower is not None
    assert shorter is not None
    for after in (lower, shorter):
        holds_together(after)
        assert after.rows[3].due_on == date(2024, 5, 10)
        assert after.rows[3].principal_minor == 400_000
        assert after.rows[4].due_on == date(2024, 5, 31)
        assert after.interest_minor < before.interest_minor
    assert len(lower.rows) == 13
    assert lower.rows[5].payment_minor < before.rows[5].payment_minor
    assert len(shorter.rows) < 10
    assert shorter.rows[5].payment_minor == before.rows[5].payment_minor
    assert shorter.interest_minor < lower.interest_minor


@given(st.integers(0, 360), methods, st.integers(1, 1_200_000), st.booleans())
def test_any_prepayment_repays_exactly(day: int, method: str, amount: int, shorten: bool) -> None:
    before = loan(method=method)
    paid_on = START + timedelta(days=day)
    keep = "instalment" if shorten and method != "interest_first" else "term"
    try:
        after = prepay(before, paid_on, amount, keep=keep)  # type: ignore[arg-type]
    except (CannotBeMet, DatesOutOfOrder):
        return
    if after.schedule is not None:
        holds_together(after.schedule)


def test_refusals() -> None:
    with pytest.raises(DatesOutOfOrder):
        reschedule(loan(), date(2025, 1, 31))
    with pytest.raises(DatesOutOfOrder):
        prepay(loan(), START - timedelta(days=1), 100)
    with pytest.raises(CannotBeMet):
        reschedule(loan(method="flat"), date(2024, 4, 30))
    with pytest.raises(CannotBeMet):
        reschedule(loan(drawings=[(date(2024, 9, 1), 100)]), date(2024, 4, 30))
    with pytest.raises(CannotBeMet):
        reschedule(loan(rate_changes=[(date(2024, 9, 1), "0.1")]), date(2024, 4, 30))
    changes: list[tuple[dict[str, object], str]] = [
        ({"principal_minor": 1_200_001}, "principal_minor"),
        ({"principal_minor": 0}, "principal_minor"),
        ({"keep": "both"}, "keep"),
        ({"fee_rate": "-0.01"}, "fee_rate"),
        ({"fee_rate": "-0.0000001"}, "fee_rate"),
    ]
    for changed, field in changes:
        facts: dict[str, object] = {"principal_minor": 100_000} | changed
        with pytest.raises(FinanceError) as refused:
            prepay(loan(), date(2024, 2, 10), **facts)  # type: ignore[arg-type]
        assert refused.value.field == field
    with pytest.raises(CannotBeMet):
        prepay(loan(method="interest_first"), date(2024, 2, 10), 100_000, keep="instalment")
    with pytest.raises(CannotBeMet):
        prepay(loan(periods=3, instalments_minor=[500_000, 500_000]), date(2024, 2, 10), 100_000)
    with pytest.raises(CannotBeMet):
        prepay(loan(principal_grace=3, interest_grace=2), date(2024, 4, 10), 100_000)


def test_what_was_agreed_stays_agreed() -> None:
    waiting = prepay(loan(principal_grace=4), date(2024, 3, 10), 200_000).schedule
    assert waiting is not None
    holds_together(waiting)
    # One row was due, one is the payment; three of the four that wait are still to come.
    assert [row.principal_minor == 0 for row in waiting.rows[:7]] == [True, False, True, True, True, False, False]
    level = prepay(loan(method="equal_principal", level_principal=True, periods=7), date(2024, 3, 10), 100_000).schedule
    assert level is not None
    assert len({row.principal_minor for row in level.rows[2:-1]}) == 1
    down = loan(down_payment_minor=200_000, fee_minor=30)
    after = prepay(down, date(2024, 3, 10), 100_000).schedule
    assert after is not None
    assert [row.number for row in after.rows[:4]] == [0, 1, 2, 3]
    assert {row.fee_minor for row in after.rows[3:]} == {30}
    assert sum(row.principal_minor for row in after.rows) == 1_200_000


def test_rounding_calendar_and_interest_stay_as_agreed() -> None:
    facts: dict[str, object] = {"calendar": "weekends", "roll": "following", "day_count": "ACT/365", "rounding": "up"}
    for adjusted in (False, True):
        before = loan(start_on=date(2024, 1, 31), adjust_interest=adjusted, **facts)
        after = prepay(before, date(2024, 4, 10), 100_000).schedule
        assert after is not None
        assert [row.due_on for row in after.rows[3:]] == [row.due_on for row in before.rows[2:]]
        assert [row.days for row in after.rows[4:]] == [row.days for row in before.rows[3:]]
        balance = after.rows[2].balance_minor
        for row, years in zip(after.rows[3:], after.years[3:], strict=True):
            assert row.interest_minor == rounded(balance * Fraction("0.12") * years, "up")
            balance = row.balance_minor


def test_days_between_a_due_day_moved_forward_and_its_own() -> None:
    """Due on Friday 8 November for interest to Sunday the 10th: principal ahead on Saturday costs none, then it starts."""
    before = loan(start_on=date(2024, 1, 10), calendar="weekends", roll="preceding", day_count="ACT/365")
    assert before.rows[9].due_on == date(2024, 11, 8)
    part = prepay(before, date(2024, 11, 9), 100_000)
    assert part.schedule is not None
    holds_together(part.schedule)
    assert part.interest_minor == 0
    rest = part.schedule.rows[11]
    assert (rest.from_on, rest.days) == (date(2024, 11, 10), 30)


def test_one_change_after_another() -> None:
    """What was agreed last holds for what comes next: the rate, the due day, the rest of the grace."""
    cheaper = reschedule(
        loan(day_count="ACT/365"), date(2024, 4, 30), annual_rate="0.06", first_due_on=date(2024, 6, 10)
    )
    part = prepay(cheaper, date(2024, 7, 5), 100_000)
    owed = cheaper.rows[3].balance_minor
    assert part.interest_minor == round(owed * Decimal("0.06") * 25 / 365)
    assert part.schedule is not None
    holds_together(part.schedule)
    assert [row.due_on for row in part.schedule.rows[5:7]] == [date(2024, 7, 10), date(2024, 8, 10)]
    again = prepay(part.schedule, date(2024, 7, 20), 100_000)
    assert again.interest_minor == round(part.schedule.rows[5].balance_minor * Decimal("0.06") * 10 / 365)
    dearer = reschedule(part.schedule, date(2024, 7, 20), annual_rate="0.24")
    assert dearer.rows[6].interest_minor == round(
        dearer.rows[5].balance_minor * (Decimal("0.06") * 10 + Decimal("0.24") * 21) / 365
    )
    later = prepay(dearer, date(2024, 8, 20), 100_000)
    assert later.interest_minor == round(dearer.rows[6].balance_minor * Decimal("0.24") * 10 / 365)


def test_the_grace_does_not_shrink_with_each_payment_ahead() -> None:
    twice = loan(principal_grace=5)
    for paid_on in (date(2024, 3, 10), date(2024, 3, 20), date(2024, 5, 10)):
        part = prepay(twice, paid_on, 100_000)
        assert part.schedule is not None
        twice = part.schedule
    holds_together(twice)
    waiting = [row.due_on for row in twice.rows if row.principal_minor == 0]
    assert waiting == [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31), date(2024, 6, 30)]
    before = loan(principal_grace=5)
    shorter = prepay(before, date(2024, 3, 10), 100_000, keep="instalment").schedule
    assert shorter is not None
    assert shorter.rows[8].payment_minor == before.rows[7].payment_minor


def test_equal_principal_ends_sooner_with_no_more_in_each_row() -> None:
    before = loan(method="equal_principal")
    after = prepay(before, date(2024, 3, 31), 250_000, keep="instalment").schedule
    assert after is not None
    holds_together(after)
    # 750,000 at no more than 100,000 a row are 8 rows instead of 10.
    assert [row.principal_minor for row in after.rows] == [100_000, 100_000, 250_000] + [93_750] * 8
    for principal, rows in ((12, 7), (5, 1)):
        tiny = loan(principal_minor=principal, annual_rate="0", method="equal_principal")
        rest = prepay(tiny, date(2024, 3, 10), 4, keep="instalment").schedule
        assert rest is not None
        assert len(rest.rows) == 2 + rows
    waiting = prepay(loan(method="equal_principal", principal_grace=4), date(2024, 3, 10), 600_000, keep="instalment")
    assert waiting.schedule is not None
    assert [row.principal_minor for row in waiting.schedule.rows] == [0, 600_000, 0, 0, 0] + [150_000] * 4


def test_money_drawn_before_does_not_stand_in_the_way() -> None:
    drawn = loan(drawings=[(date(2024, 3, 10), 300_000), (date(2024, 3, 31), 100_000)])
    with pytest.raises(CannotBeMet):
        prepay(drawn, date(2024, 4, 10), 100_000)
    after = prepay(drawn, date(2024, 5, 10), 100_000).schedule
    longer = reschedule(drawn, date(2024, 5, 10), periods=20)
    assert after is not None
    for schedule in (after, longer):
        assert schedule.rows[:3] == drawn.rows[:3]
        assert schedule.rows[-1].balance_minor == 0
        assert sum(row.principal_minor for row in schedule.rows) == 1_600_000
        assert sum(amount for _, amount in schedule.flows()) == schedule.interest_minor


def test_interest_to_the_day_is_at_the_rate_that_then_holds() -> None:
    changed = loan(day_count="ACT/365", rate_changes=[(date(2024, 3, 31), "0.24")])
    owed = changed.rows[2].balance_minor
    assert prepay(changed, date(2024, 5, 10), owed).interest_minor == round(owed * Decimal("0.24") * 10 / 365)


def test_a_due_day_of_the_31st_survives() -> None:
    after = prepay(loan(), date(2024, 2, 29), 100_000).schedule
    assert after is not None
    assert [row.due_on for row in after.rows[2:5]] == [date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)]
    early = prepay(loan(), date(2024, 2, 10), 100_000).schedule
    assert early is not None
    assert [row.due_on for row in early.rows[1:4]] == [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
    # From a due day on a month is a twelfth of a year again, February or not.
    assert after.rows[2].interest_minor == round(after.rows[1].balance_minor * Decimal("0.01"))

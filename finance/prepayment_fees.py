"""What a loan that is paid ahead of time may cost beside its interest before all of it together is dearer than a ceiling.

A ceiling is held against a loan as if it ended on the day: the money received, growing at the ceiling's rate, less everything paid since,
is what she could be asked for then. What the loan asks anyway leaves the room for a fee. Growth is that of `finance.all_in_cost`: each
row's stretch of `years` by 1 + rate × years, and simple interest between two row ends. So a loan at the ceiling itself leaves no room, and
fees that were taken at the beginning leave less of it the sooner the loan ends.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from functools import partial

from finance.exact import minor_amount, of_kind, pairs, plain_day
from finance.schedule_periods import part_of_period
from finance.schedules import Row, Schedule

LARGEST_PAYMENTS = 10_000
_DAYS_A_YEAR = 365
_DIGITS = 60


def room_minor(
    schedule: Schedule,
    on: date,
    *,
    ceiling: Decimal,
    received_minor: int,
    payments: Sequence[tuple[date, int]],
    asked_minor: int,
) -> int:
    """The most that may be asked beside asked_minor, which ends the loan on this day; never below 0, rounded down.

    schedule: the one in force, whose first row begins with the loan; received_minor: by the borrower, fees taken off; payments: pairs (day,
    minor units) of everything she has paid; those of later days do not count.
    """
    of_kind(schedule, Schedule, "schedule")
    plain_day(on, "on")
    paid = pairs(payments, "payments", most=LARGEST_PAYMENTS)
    minor_amount(received_minor, "received_minor", least=1)
    minor_amount(asked_minor, "asked_minor", least=0)
    with localcontext(prec=_DIGITS):
        worth = _worth(schedule, on, ceiling, received_minor, paid)
        return max(0, int((worth - asked_minor).to_integral_value(rounding=ROUND_FLOOR)))


def _worth(
    schedule: Schedule, on: date, ceiling: Decimal, received_minor: int, payments: Sequence[tuple[date, int]]
) -> Decimal:
    """What is owed on a day at the ceiling's rate."""
    reached = schedule.start_on
    worth = Decimal(received_minor - sum(amount for day, amount in payments if day <= reached))
    for until, years_from in _stretches(schedule, on):
        worth *= 1 + ceiling * years_from(reached)
        worth -= sum(
            (amount * (1 + ceiling * years_from(day)) for day, amount in payments if reached < day <= until), Decimal(0)
        )
        reached = until
    return worth


def _stretches(schedule: Schedule, on: date) -> Iterator[tuple[date, Callable[[date], Decimal]]]:
    """The ends of rows until a day, and that day: each with the years that are left to it from a day in its stretch."""
    reached = schedule.start_on
    for row, whole in zip(schedule.rows, schedule.years, strict=True):
        until = min(row.from_on + timedelta(days=row.days), on)
        if until > reached:
            yield until, partial(_years, schedule, row, whole, until)
            reached = until
    if on > reached:
        yield on, lambda day: _decimal(Fraction((on - day).days, _DAYS_A_YEAR))


def _years(schedule: Schedule, row: Row, whole: Fraction, until: date, day: date) -> Decimal:
    """Between two days of a row, by the schedule's own count; of ACT/360 the calendar's, as the law's year is."""
    end = row.from_on + timedelta(days=row.days)
    years = whole if (day, until) == (row.from_on, end) else _part(schedule, row, whole, day, until)
    return _decimal(years * (Fraction(360, 365) if schedule.day_count == "ACT/360" else 1))


def _part(schedule: Schedule, row: Row, whole: Fraction, day: date, until: date) -> Fraction:
    period = (row.from_on, row.from_on + timedelta(days=row.days))
    return part_of_period(schedule.day_count, period, whole, day, until)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator

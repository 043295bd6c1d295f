"""The periods of a schedule: when each begins and is due, and the exact fraction of a year it lasts.

Due days are stepped from one anchor, never from the day before, so a loan of 31 January is due on 28 February and on
31 March. A day moved by a holiday keeps its interest unless the lender says otherwise (`adjust_interest`).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from finance.calendars import Roll, add_months, known_roll, month_on, roll
from finance.daycount import Span, convention_named
from finance.errors import DatesOutOfOrder, OutOfRange, UnknownChoice
from finance.exact import integer, plain_day, shown

LARGEST_PERIODS = 3_660
"""Rows of one schedule: ten years of days, three hundred of months."""

_STEP_DAYS = {"fortnight": 14, "week": 7}
_ONE_MONTH_OF_360 = Fraction(1, 12)
STANDING_ALONE = frozenset({"ACT/ACT ICMA", "ACT/365L", "30E/360 ISDA"})
"""Day counts that look at the whole period: they cannot tell a part of it."""


class Period(NamedTuple):
    """One period: interest runs from `from_on` to `until_on`, `days` days, `years` of a year; due on `due_on`."""

    number: int
    from_on: date
    until_on: date
    due_on: date
    days: int
    years: Fraction


@dataclass(frozen=True, slots=True)
class Timing:
    """How a schedule walks through the calendar.

    `every` is "month", "fortnight", "week" or a number of days. `first_due_on` makes the first period shorter or longer
    (a stub); later due days step from it. `due_day` (1 to 31) fixes the day of the month where the first due day alone
    would not tell it: 28 February of a loan due at month ends. `calendar` and `roll` move due days to business days.
    """

    start_on: date
    every: str | int = "month"
    day_count: str = "30/360"
    first_due_on: date | None = None
    due_day: int | None = None
    calendar: str = "none"
    roll: Roll = "none"
    adjust_interest: bool = False


def periods_of(timing: Timing, count: int) -> list[Period]:
    """The `count` periods. Raises `OutOfRange`, `DatesOutOfOrder`, `UnknownChoice`, `CalendarUnknown`."""
    integer(count, "periods", least=1, most=LARGEST_PERIODS)
    known_roll(timing.roll, "roll")
    unadjusted = _unadjusted_days(timing, count)
    moves = timing.roll != "none" or timing.calendar != "none"
    due_days = [roll(day, timing.roll, timing.calendar) for day in unadjusted[1:]] if moves else unadjusted[1:]
    boundaries = [timing.start_on, *due_days] if timing.adjust_interest else unadjusted
    _in_order(boundaries)
    whole_months = timing.every == "month" and timing.day_count == "30/360" and not timing.adjust_interest
    count_years = convention_named(timing.day_count, "day_count")
    maturity = boundaries[-1]
    periods = []
    for at in range(count):
        start, end = boundaries[at], boundaries[at + 1]
        if whole_months and (at or _first_is_regular(timing)):
            years = _ONE_MONTH_OF_360
        elif at == 0 and timing.day_count == "ACT/ACT ICMA" and timing.first_due_on is not None:
            years = _icma_stub(timing, start, end)
        elif timing.day_count in STANDING_ALONE:
            years = count_years(Span(start, end, start, end, _frequency(timing.every), maturity))
        else:
            years = count_years(Span(start, end))
        periods.append(Period(at + 1, start, end, due_days[at], (end - start).days, years))
    return periods


def part_of_period(day_count: str, period: tuple[date, date], years: Fraction, start: date, end: date) -> Fraction:
    """Years from one day to another within a period of so many years, by its count or, where that cannot, by its days."""
    if day_count in STANDING_ALONE:
        return years * Fraction((end - start).days, (period[1] - period[0]).days)
    return convention_named(day_count, "day_count")(Span(start, end))


def anchor_day(timing: Timing) -> int:
    """The day of the month that monthly due days keep to."""
    return timing.due_day or (timing.first_due_on or timing.start_on).day


def _icma_stub(timing: Timing, start: date, end: date) -> Fraction:
    """ICMA Rule 251: a first period of another length is counted by the regular periods that end with it."""
    years, count, back = Fraction(0), convention_named(timing.day_count), 0
    while end > start:
        back += 1
        regular = _regular_day(timing, back)
        years += count(Span(max(start, regular), end, regular, end, _frequency(timing.every)))
        end = regular
    return years


def _regular_day(timing: Timing, back: int) -> date:
    """The due day that would lie so many periods before the first."""
    first = timing.first_due_on or timing.start_on
    if timing.every == "month":
        return add_months(date(first.year, 1, anchor_day(timing)), first.month - 1 - back)
    try:
        return first - timedelta(days=back * step_days(timing.every))
    except OverflowError:
        raise OutOfRange("the first period begins before the calendar", field="first_due_on") from None


def _first_is_regular(timing: Timing) -> bool:
    """Whether the first period is a whole month too, and no stub."""
    if timing.first_due_on is None:
        return True
    return _regular_day(timing, 1) == timing.start_on


def _unadjusted_days(timing: Timing, count: int) -> list[date]:
    """Start and the due days before any rolling."""
    first = timing.first_due_on
    plain_day(timing.start_on, "start_on")
    if first is not None and plain_day(first, "first_due_on") <= timing.start_on:
        raise DatesOutOfOrder(f"first_due_on {first} is not after start_on {timing.start_on}", field="first_due_on")
    if timing.due_day is not None and timing.every != "month":
        raise OutOfRange("only monthly due days keep to a day of the month", field="due_day")
    if timing.every == "month":
        due = _month_days(timing, count)
    else:
        step = step_days(timing.every)
        try:
            origin = first or timing.start_on + timedelta(days=step)
            due = [origin + timedelta(days=step * at) for at in range(count)]
        except OverflowError:
            raise OutOfRange("the schedule runs beyond the calendar", field="periods") from None
    return [timing.start_on, *due]


def _month_days(timing: Timing, count: int) -> list[date]:
    anchor, offset = (timing.start_on, 1) if timing.first_due_on is None else (timing.first_due_on, 0)
    if timing.due_day is None:
        return [month_on(anchor, at + offset, "periods") for at in range(count)]
    integer(timing.due_day, "due_day", least=1, most=31)
    if timing.first_due_on is None:
        raise OutOfRange("due_day needs first_due_on, the month in which it begins", field="due_day")
    # January has all 31 days, so it can carry any due day as the anchor.
    anchor = date(timing.first_due_on.year, 1, timing.due_day)
    days = [month_on(anchor, timing.first_due_on.month - 1 + at, "periods") for at in range(count)]
    if days[0] != timing.first_due_on:
        raise OutOfRange(f"first_due_on {timing.first_due_on} does not fall on due_day", field="due_day")
    return days


def step_days(every: str | int) -> int:
    """Days of a step that is not a month."""
    if isinstance(every, str):
        if every not in _STEP_DAYS:
            raise UnknownChoice(
                f"every must be month, fortnight, week or a number of days, not {shown(every)}", field="every"
            )
        return _STEP_DAYS[every]
    return integer(every, "every", least=1, most=3_660)


def periods_a_year(every: str | int) -> Fraction:
    """12 for months, 26 fortnights, 52 weeks, 365 over the number of days otherwise."""
    if every == "month":
        return Fraction(12)
    if isinstance(every, str):
        return Fraction(364, step_days(every))
    return Fraction(365, step_days(every))


def _frequency(every: str | int) -> int:
    return max(1, round(periods_a_year(every)))


def _in_order(boundaries: list[date]) -> None:
    for before, after in pairwise(boundaries):
        if after <= before:
            raise DatesOutOfOrder(f"two due days fall on {after}; choose another roll or step", field="roll")

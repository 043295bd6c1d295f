"""Day counts: the fraction of a year between two days, exactly, by the convention's usual name.

Formulas: ISDA 2006 Definitions, section 4.16; ICMA Rule 251 for ACT/ACT ICMA; the FBF master agreement for AFB;
"30/360 US" is SIFMA's rule with the end of February. Every count is start exclusive, end inclusive in length
(`end - start` days); where a count splits by calendar year the day belongs to the year in which it *begins*, but in
plain "ACT/ACT", which lenders' schedules use, to the year of its *end* (start exclusive, end inclusive).
"""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeVar

from finance.calendars import add_months, is_month_end
from finance.errors import DatesOutOfOrder, MissingArgument, OutOfRange, UnknownChoice
from finance.exact import integer, plain_day, shown

Value = TypeVar("Value")


class Span(NamedTuple):
    """What a convention may look at: the days counted and the regular period around them."""

    start: date
    end: date
    period_start: date | None = None
    period_end: date | None = None
    frequency: int | None = None
    maturity: date | None = None

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def year_fraction(
    start: date,
    end: date,
    convention: str,
    *,
    period_start: date | None = None,
    period_end: date | None = None,
    frequency: int | None = None,
    maturity: date | None = None,
) -> Fraction:
    """Years from `start` to `end`, exactly.

    Conventions: ACT/360, ACT/365F (also ACT/365), ACT/365L, ACT/ACT ISDA, ACT/ACT ICMA, ACT/ACT AFB, ACT/ACT, 30/360 (bond
    basis, also 30/360 ISDA), 30/360 US, 30E/360 (also 30/360 European), 30E/360 ISDA, NL/365. `frequency` is coupon periods a year.

    * ACT/ACT ICMA needs `period_start`, `period_end`, `frequency`; the span lies within that period.
    * ACT/365L needs `frequency` and `period_end`, and for a yearly one `period_start`.
    * 30E/360 ISDA needs `maturity`.

    Raises `MissingArgument` with the field's name, `UnknownChoice`, `DatesOutOfOrder`.
    """
    count = convention_named(convention)
    plain_day(start, "start")
    plain_day(end, "end")
    for field, day in (("period_start", period_start), ("period_end", period_end), ("maturity", maturity)):
        if day is not None:
            plain_day(day, field)
    if frequency is not None:
        integer(frequency, "frequency", least=1, most=366)
    if end < start:
        raise DatesOutOfOrder(f"end {end} is before start {start}", field="end")
    return count(Span(start, end, period_start, period_end, frequency, maturity))


def convention_named(name: str, field: str = "convention") -> Callable[[Span], Fraction]:
    """The count of that name; parentheses and case do not matter."""
    return _CONVENTIONS[usual_name(name, field)]


def usual_name(name: str, field: str = "convention") -> str:
    """The convention's name as it is written here. Raises `UnknownChoice`."""
    if isinstance(name, str):
        for written in (name, " ".join(name.upper().replace("(", " ").replace(")", " ").split())):
            if written in _CONVENTIONS:
                return written
    raise UnknownChoice(f"unknown day count {shown(name)}; known: {', '.join(_CONVENTIONS)}", field=field)


@lru_cache(maxsize=4096)
def _ratio(days: int, length: int) -> Fraction:
    """Few lengths recur in many periods, and a Fraction is dear to make."""
    return Fraction(days, length)


def days_30_360(start: date, end: date) -> int:
    """Days by the bond basis, 30/360: a 31st counts as the 30th, at the end only if the start is a 30th or 31st."""
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return _days_360(start, end, first, last)


def _days_360(start: date, end: date, first: int, last: int) -> int:
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def _act_360(span: Span) -> Fraction:
    return _ratio(span.days, 360)


def _act_365_fixed(span: Span) -> Fraction:
    return _ratio(span.days, 365)


def _act_365_leap(span: Span) -> Fraction:
    frequency = _needed(span.frequency, "frequency", "ACT/365L")
    period_end = _needed(span.period_end, "period_end", "ACT/365L")
    if frequency == 1:
        leap = _has_leap_day(_needed(span.period_start, "period_start", "ACT/365L"), period_end)
    else:
        leap = _is_leap(period_end.year)
    return _ratio(span.days, 366 if leap else 365)


def _act_act_isda(span: Span) -> Fraction:
    return _by_calendar_year(span.start, span.end)


def _act_act_end_inclusive(span: Span) -> Fraction:
    """As ISDA's, each day counted in the year of its end: the years part at 31 December instead of 1 January."""
    start, end = span.start, span.end
    if start.year == end.year:
        return _ratio(span.days, _year_length(start.year))
    head = _ratio((date(start.year, 12, 31) - start).days, _year_length(start.year))
    tail = _ratio((end - date(end.year - 1, 12, 31)).days, _year_length(end.year))
    return head + (end.year - start.year - 1) + tail


def _by_calendar_year(start: date, end: date) -> Fraction:
    """Days from `start` up to but without `end`, each over the length of its own calendar year."""
    if start.year == end.year:
        return _ratio((end - start).days, _year_length(start.year))
    head = _ratio((date(start.year + 1, 1, 1) - start).days, _year_length(start.year))
    tail = _ratio((end - date(end.year, 1, 1)).days, _year_length(end.year))
    whole = end.year - start.year - 1
    return head + whole + tail if whole else head + tail


def _act_act_icma(span: Span) -> Fraction:
    period_start = _needed(span.period_start, "period_start", "ACT/ACT ICMA")
    period_end = _needed(span.period_end, "period_end", "ACT/ACT ICMA")
    frequency = _needed(span.frequency, "frequency", "ACT/ACT ICMA")
    if period_end <= period_start:
        raise DatesOutOfOrder("period_end must be after period_start", field="period_end")
    if span.start < period_start or span.end > period_end:
        raise OutOfRange("the days counted lie outside the period; split them by period", field="period_start")
    return _ratio(span.days, frequency * (period_end - period_start).days)


def _act_act_afb(span: Span) -> Fraction:
    """Whole years back from the end, the rest over 366 if it holds a 29 February, else 365."""
    years, back_to = 0, span.end
    # A year back is never less than 365 days back.
    if span.days >= 365:
        while (earlier := _year_back(span.end, years + 1)) >= span.start:
            years, back_to = years + 1, earlier
    # A 29 February on `back_to` is outside, one on the start within; the calendar's first day is none.
    first = max(span.start, date(1, 1, 2)) - timedelta(days=1)
    length = 366 if _has_leap_day(first, max(back_to, date(1, 1, 2)) - timedelta(days=1)) else 365
    rest = _ratio((back_to - span.start).days, length)
    return years + rest if years else rest


def _year_back(end: date, years: int) -> date:
    """FBF: counting back from the last day of February lands on the last day of February, the 29th where there is one."""
    day = add_months(end, -12 * years)
    if years and (day.month, day.day) == (2, 28) and _is_leap(day.year):
        return day.replace(day=29)
    return day


def _30_360_bond(span: Span) -> Fraction:
    return _ratio(days_30_360(span.start, span.end), 360)


def _30_360_us(span: Span) -> Fraction:
    first, last = span.start.day, span.end.day
    if _is_february_end(span.start):
        if _is_february_end(span.end):
            last = 30
        first = 30
    if last == 31 and first >= 30:
        last = 30
    return _ratio(_days_360(span.start, span.end, min(first, 30), last), 360)


def _30e_360(span: Span) -> Fraction:
    return _ratio(_days_360(span.start, span.end, min(span.start.day, 30), min(span.end.day, 30)), 360)


def _30e_360_isda(span: Span) -> Fraction:
    maturity = _needed(span.maturity, "maturity", "30E/360 ISDA")
    first = 30 if is_month_end(span.start) else span.start.day
    if _is_february_end(span.end) and span.end == maturity:
        last = span.end.day
    else:
        last = 30 if is_month_end(span.end) else span.end.day
    return _ratio(_days_360(span.start, span.end, first, last), 360)


def _no_leap_365(span: Span) -> Fraction:
    leap_days = 0
    for year in range(span.start.year, span.end.year + 1):
        if _is_leap(year) and span.start < date(year, 2, 29) <= span.end:
            leap_days += 1
    return _ratio(span.days - leap_days, 365)


def _needed(value: Value | None, field: str, convention: str) -> Value:
    if value is None:
        raise MissingArgument(f"{convention} needs {field}", field=field)
    return value


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _year_length(year: int) -> int:
    return 366 if _is_leap(year) else 365


def _is_february_end(day: date) -> bool:
    return day.month == 2 and is_month_end(day)


def _has_leap_day(after: date, until: date) -> bool:
    """Whether a 29 February falls after `after` and not later than `until`."""
    if after.year == until.year and not _is_leap(after.year):
        return False
    return any(_is_leap(year) and after < date(year, 2, 29) <= until for year in range(after.year, until.year + 1))


_CONVENTIONS: dict[str, Callable[[Span], Fraction]] = {
    "ACT/360": _act_360,
    "ACT/365": _act_365_fixed,
    "ACT/365F": _act_365_fixed,
    "ACT/365L": _act_365_leap,
    "ACT/ACT": _act_act_end_inclusive,
    "ACT/ACT ISDA": _act_act_isda,
    "ACT/ACT ICMA": _act_act_icma,
    "ACT/ACT AFB": _act_act_afb,
    "30/360": _30_360_bond,
    "30/360 ISDA": _30_360_bond,
    "30/360 US": _30_360_us,
    "30E/360": _30e_360,
    "30/360 EUROPEAN": _30e_360,
    "30E/360 ISDA": _30e_360_isda,
    "NL/365": _no_leap_365,
}

"""Business days behind one interface, rolling to them, and stepping by months with an end-of-month anchor.

Calendars by name:

* `"CN"`: mainland China, public holidays and make-up workdays (调休), by the `chinesecalendar` package. It needs a
  release for each new year, as the State Council announces the year's holidays in the autumn before: a year it does
  not know raises `CalendarUnknown` with that year, never a guess.
* `"CN_EXCHANGE"`: trading days of the exchanges in Shanghai and Shenzhen, on which funds are dealt: as `"CN"`, but closed
  on every weekend, also where Saturday or Sunday is a make-up workday, and on the eve of the lunar new year of 2024.
* `"TARGET"`: settlement days of the euro system: closed on weekends, 1 January, Good Friday, Easter Monday, 1 May, 25 and
  26 December (ECB, long-term calendar from 2002 on; 2000 and 2001 had extra closing days and are refused).
* `"weekends"`: Saturday and Sunday are closed, nothing else.
* `"none"`: every day is open.
"""

from calendar import isleap
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, get_args

import chinese_calendar

from finance.errors import CalendarUnknown, OutOfRange, UnknownChoice
from finance.exact import integer, plain_day, shown

Roll = Literal["none", "following", "modified_following", "preceding", "modified_preceding"]
ROLLS: tuple[Roll, ...] = get_args(Roll)

_ONE_DAY = timedelta(days=1)
_LAST_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST_CLOSURE = 60
"""Days searched for the next open one: no calendar here is closed for even a third of it."""
_FIRST_TARGET_YEAR = 2002
_EXCHANGES_CLOSED = frozenset({date(2024, 2, 9)})
"""Workdays on which the exchanges did not trade (announcement of the Shanghai Stock Exchange on the holidays of 2024)."""
_CHINA_YEARS = range(min(chinese_calendar.constants.holidays).year, max(chinese_calendar.constants.holidays).year + 1)


def is_business_day(day: date, calendar: str = "CN") -> bool:
    """Whether the calendar is open that day. Raises `UnknownChoice` and, for a year without data, `CalendarUnknown`."""
    return _calendar(calendar)(plain_day(day, "day"))


def next_business_day(day: date, calendar: str = "CN") -> date:
    """The first open day strictly after `day`."""
    return _search(_moved(plain_day(day, "day"), _ONE_DAY), _ONE_DAY, _calendar(calendar))


def previous_business_day(day: date, calendar: str = "CN") -> date:
    """The last open day strictly before `day`."""
    return _search(_moved(plain_day(day, "day"), -_ONE_DAY), -_ONE_DAY, _calendar(calendar))


def add_business_days(day: date, count: int, calendar: str = "CN") -> date:
    """`count` open days on, or back if negative: T+1 is count 1. With 0, `day` itself if open, else the next open day.

    Raises `OutOfRange` beyond 10,000 days either way.
    """
    integer(count, "count", least=-10_000, most=10_000)
    if count == 0:
        return roll(day, "following", calendar)
    step = next_business_day if count > 0 else previous_business_day
    for _ in range(abs(count)):
        day = step(day, calendar)
    return day


def roll(day: date, convention: Roll, calendar: str = "CN") -> date:
    """The open day that stands for `day`: itself if open, else by the convention.

    `modified_following` goes forward unless that leaves the month, then back; `modified_preceding` the mirror image.
    """
    is_open = _calendar(calendar)
    day = plain_day(day, "day")
    known_roll(convention, "convention")
    if convention == "none" or is_open(day):
        return day
    forward = convention in {"following", "modified_following"}
    rolled = _search(day, _ONE_DAY if forward else -_ONE_DAY, is_open)
    if convention.startswith("modified") and rolled.month != day.month:
        return _search(day, -_ONE_DAY if forward else _ONE_DAY, is_open)
    return rolled


def known_roll(name: str, field: str) -> Roll:
    """The name itself, or `UnknownChoice`."""
    if not isinstance(name, str) or name not in ROLLS:
        raise UnknownChoice(f"unknown roll {shown(name)}; known: {', '.join(ROLLS)}", field=field)
    return name


def add_months(anchor: date, months: int, *, field: str = "months") -> date:
    """The anchor's day of the month that many months on, or that month's last day if it is shorter.

    Stepping always counts from the anchor, never from the last result: 31 Jan → 28 Feb → 31 Mar.
    """
    plain_day(anchor, "anchor")
    return month_on(anchor, integer(months, field), field)


def month_on(anchor: date, months: int, field: str) -> date:
    """`add_months` of what was looked at already, which a schedule does for each of its rows."""
    total = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(total, 12)
    if not 1 <= year <= 9999:
        raise OutOfRange(f"{shown(months)} months from {anchor} is beyond the calendar", field=field)
    day = anchor.day
    if day > 28:
        day = min(day, _last_day(year, month + 1))
    return date(year, month + 1, day)


def is_month_end(day: date) -> bool:
    return plain_day(day, "day").day >= 28 and day.day == _last_day(day.year, day.month)


def _last_day(year: int, month: int) -> int:
    return 29 if month == 2 and isleap(year) else _LAST_DAYS[month - 1]


@lru_cache(maxsize=8192)
def _china(day: date) -> bool:
    if day.year not in _CHINA_YEARS:
        raise CalendarUnknown(
            f"the chinesecalendar package installed knows {_CHINA_YEARS[0]} to {_CHINA_YEARS[-1]}, not {day.year}; "
            "each new year needs a release of it",
            field="day",
            year=day.year,
            calendar="CN",
        )
    return bool(chinese_calendar.is_workday(day))


def _china_exchange(day: date) -> bool:
    return _china(day) and _weekends(day) and day not in _EXCHANGES_CLOSED


def _target(day: date) -> bool:
    if day.year < _FIRST_TARGET_YEAR:
        raise CalendarUnknown(
            f"the TARGET calendar starts in {_FIRST_TARGET_YEAR}, not {day.year}",
            field="day",
            year=day.year,
            calendar="TARGET",
        )
    if day.weekday() >= 5 or (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}:
        return False
    easter = easter_sunday(day.year)
    return day not in {easter - 2 * _ONE_DAY, easter + _ONE_DAY}


def easter_sunday(year: int) -> date:
    """Western Easter by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    return _easter(integer(year, "year", least=1583, most=9999))


@lru_cache(maxsize=512)
def _easter(year: int) -> date:
    golden = year % 19
    century, within = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - correction + 15) % 30
    leaps, within_rest = divmod(within, 4)
    weekday = (32 + 2 * century_rest + 2 * leaps - epact - within_rest) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _weekends(day: date) -> bool:
    return day.weekday() < 5


def _always(day: date) -> bool:
    return True


_CALENDARS: dict[str, Callable[[date], bool]] = {
    "CN": _china,
    "CN_EXCHANGE": _china_exchange,
    "TARGET": _target,
    "weekends": _weekends,
    "none": _always,
}


def _calendar(name: str) -> Callable[[date], bool]:
    found = _CALENDARS.get(name) if isinstance(name, str) else None
    if found is None:
        raise UnknownChoice(f"unknown calendar {shown(name)}; known: {', '.join(_CALENDARS)}", field="calendar")
    return found


def _search(day: date, step: timedelta, is_open: Callable[[date], bool]) -> date:
    for _ in range(_LONGEST_CLOSURE):
        if is_open(day):
            return day
        day = _moved(day, step)
    raise CalendarUnknown(f"no open day within {_LONGEST_CLOSURE} days of {day}", field="day", year=day.year)


def _moved(day: date, step: timedelta) -> date:
    try:
        return day + step
    except OverflowError:
        raise OutOfRange(f"the calendar ends at {day}", field="day") from None

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.calendars import (
    add_business_days,
    add_months,
    easter_sunday,
    is_business_day,
    next_business_day,
    previous_business_day,
    roll,
)
from finance.errors import CalendarUnknown, InexactNumber, OutOfRange, UnknownChoice

known_days = st.dates(date(2007, 2, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2024, 2, 9), True),  # New Year's Eve was a working day in 2024
        (date(2024, 2, 12), False),  # Spring Festival, a Monday
        (date(2024, 2, 18), True),  # a Sunday made up
        (date(2024, 10, 1), False),  # National Day
        (date(2024, 10, 12), True),  # a Saturday made up
        (date(2024, 10, 13), False),  # the Sunday after it is not
        (date(2007, 5, 1), False),
        (date(2020, 1, 31), False),  # the Spring Festival prolonged in 2020
    ],
)
def test_chinese_business_days(day: date, is_open: bool) -> None:
    assert is_business_day(day, "CN") is is_open


def test_a_year_the_package_does_not_know_is_named() -> None:
    year = max(chinese_calendar.constants.holidays).year + 1
    with pytest.raises(CalendarUnknown) as refused:
        is_business_day(date(year, 1, 5), "CN")
    assert refused.value.facts["year"] == year
    assert str(year) in str(refused.value)
    assert (refused.value.code, refused.value.field) == ("calendar_unknown", "day")
    with pytest.raises(CalendarUnknown):
        is_business_day(date(2003, 1, 6), "CN")


def test_rolling_over_the_end_of_the_known_years_is_refused_not_guessed() -> None:
    year = max(chinese_calendar.constants.holidays).year
    with pytest.raises(CalendarUnknown):
        add_business_days(date(year, 12, 1), 40, "CN")


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2024, 3, 29), False),  # Good Friday
        (date(2024, 4, 1), False),  # Easter Monday
        (date(2024, 5, 1), False),
        (date(2024, 12, 24), True),
        (date(2024, 12, 26), False),
        (date(2025, 4, 18), False),
        (date(2025, 4, 22), True),
    ],
)
def test_target_days(day: date, is_open: bool) -> None:
    assert is_business_day(day, "TARGET") is is_open


def test_target_begins_with_its_long_term_calendar() -> None:
    with pytest.raises(CalendarUnknown):
        is_business_day(date(2001, 12, 31), "TARGET")


@given(st.integers(1900, 2200))
def test_easter_is_a_sunday_in_its_window(year: int) -> None:
    easter = easter_sunday(year)
    assert easter.weekday() == 6
    assert date(year, 3, 22) <= easter <= date(year, 4, 25)


def test_easter_of_known_years() -> None:
    assert easter_sunday(1943) == date(1943, 4, 25)
    assert easter_sunday(2008) == date(2008, 3, 23)
    assert easter_sunday(2038) == date(2038, 4, 25)


def test_rolls() -> None:
    saturday = date(2024, 8, 31)
    assert roll(saturday, "following", "weekends") == date(2024, 9, 2)
    assert roll(saturday, "modified_following", "weekends") == date(2024, 8, 30)
    assert roll(saturday, "preceding", "weekends") == date(2024, 8, 30)
    assert roll(date(2024, 9, 1), "preceding", "weekends") == date(2024, 8, 30)
    assert roll(date(2024, 9, 1), "modified_preceding", "weekends") == date(2024, 9, 2)
    assert roll(saturday, "none", "weekends") == saturday
    assert roll(saturday, "following", "none") == saturday
    # National Day 2024: closed 1 to 7 October, and 29 September, a Sunday, made up
    assert roll(date(2024, 10, 1), "following", "CN") == date(2024, 10, 8)
    assert roll(date(2024, 9, 28), "following", "CN") == date(2024, 9, 29)


def test_business_days_counted() -> None:
    friday = date(2024, 8, 30)
    assert add_business_days(friday, 1, "weekends") == date(2024, 9, 2)
    assert add_business_days(friday, -5, "weekends") == date(2024, 8, 23)
    assert add_business_days(date(2024, 8, 31), 0, "weekends") == date(2024, 9, 2)
    assert next_business_day(date(2024, 9, 30), "CN") == date(2024, 10, 8)
    assert previous_business_day(date(2024, 10, 8), "CN") == date(2024, 9, 30)


@given(known_days)
def test_next_and_previous_are_inverse_on_open_days(day: date) -> None:
    for calendar in ("CN", "TARGET", "weekends"):
        after = next_business_day(day, calendar)
        assert after > day
        assert is_business_day(after, calendar)
        before = previous_business_day(after, calendar)
        assert before <= day
        assert not any(is_business_day(before + timedelta(days=at), calendar) for at in range(1, (after - before).days))


@given(known_days)
def test_modified_following_stays_in_the_month(day: date) -> None:
    rolled = roll(day, "modified_following", "CN")
    assert is_business_day(rolled, "CN")
    assert rolled.month == day.month


def test_months_count_from_their_anchor() -> None:
    anchor = date(2024, 1, 31)
    assert [add_months(anchor, at) for at in (1, 2, 3, 13, -2)] == [
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 30),
        date(2025, 2, 28),
        date(2023, 11, 30),
    ]
    with pytest.raises(OutOfRange):
        add_months(anchor, 12 * 9000)


def test_what_is_no_day_or_no_calendar_is_refused() -> None:
    with pytest.raises(InexactNumber):
        is_business_day(datetime(2024, 1, 2, tzinfo=UTC), "CN")
    with pytest.raises(UnknownChoice) as refused:
        is_business_day(date(2024, 1, 2), "MARS")
    assert refused.value.field == "calendar"
    with pytest.raises(UnknownChoice):
        roll(date(2024, 1, 2), "sideways", "CN")  # type: ignore[arg-type]
    with pytest.raises(OutOfRange):
        add_business_days(date(2024, 1, 2), 10**6, "weekends")

"""Days and day counts against QuantLib, an implementation by other hands."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
import QuantLib

from finance.calendars import add_months, is_business_day, is_month_end, roll
from finance.daycount import year_fraction

SPANS = 20_000
COUNTS = {
    "ACT/360": QuantLib.Actual360(),
    "ACT/365F": QuantLib.Actual365Fixed(),
    "ACT/ACT ISDA": QuantLib.ActualActual(QuantLib.ActualActual.ISDA),
    "ACT/ACT AFB": QuantLib.ActualActual(QuantLib.ActualActual.AFB),
    "30/360": QuantLib.Thirty360(QuantLib.Thirty360.BondBasis),
    "30/360 US": QuantLib.Thirty360(QuantLib.Thirty360.USA),
    "30E/360": QuantLib.Thirty360(QuantLib.Thirty360.European),
    "NL/365": QuantLib.Actual365Fixed(QuantLib.Actual365Fixed.NoLeap),
}


def other(day: date) -> QuantLib.Date:
    return QuantLib.Date(day.day, day.month, day.year)


def back(day: QuantLib.Date) -> date:
    return date(day.year(), day.month(), day.dayOfMonth())


def spans(seed: int) -> Iterator[tuple[date, date]]:
    """Half of them between days near the end of a month, February most, where conventions part ways."""
    source = Random(seed)

    def edge() -> date:
        year, month = source.randrange(1960, 2070), source.choice([1, 2, 2, 2, 3, 8, 12, source.randrange(1, 13)])
        return date(year, month, 1) + timedelta(days=source.choice([0, 26, 27, 28, 29, 30, 31, 32]))

    for at in range(SPANS):
        start = edge() if at % 2 else date(1960, 1, 1) + timedelta(days=source.randrange(40_000))
        end = edge() if at % 4 == 1 else start + timedelta(days=source.randrange(source.choice([40, 400, 8_000])))
        yield (start, end) if start <= end else (end, start)


@pytest.mark.parametrize("convention", COUNTS)
def test_day_counts(convention: str) -> None:
    count, differences = COUNTS[convention], []
    for start, end in spans(1):
        ours, theirs = float(year_fraction(start, end, convention)), count.yearFraction(other(start), other(end))
        if abs(ours - theirs) > 1e-12:
            differences.append((start, end, ours, theirs))
    assert differences == []


def test_the_german_30_360_with_its_last_day() -> None:
    for at, (start, end) in enumerate(spans(2)):
        maturity = end if at % 3 == 0 else end + timedelta(days=200)
        theirs = QuantLib.Thirty360(QuantLib.Thirty360.ISDA, other(maturity)).yearFraction(other(start), other(end))
        assert float(year_fraction(start, end, "30E/360 ISDA", maturity=maturity)) == pytest.approx(theirs, abs=1e-12)


def test_act_act_icma_within_regular_periods() -> None:
    """QuantLib takes the frequency from the reference period, rounded to months; ours is told it."""
    count, source = QuantLib.ActualActual(QuantLib.ActualActual.ISMA), Random(3)
    for _ in range(5_000):
        first = date(1990, 1, 1) + timedelta(days=source.randrange(25_000))
        frequency = source.choice([1, 2, 4])
        last = add_months(first, 12 // frequency)
        length = (last - first).days
        start = first + timedelta(days=source.randrange(length))
        end = start + timedelta(days=source.randrange((last - start).days) + 1)
        ours = year_fraction(start, end, "ACT/ACT ICMA", period_start=first, period_end=last, frequency=frequency)
        assert float(ours) == pytest.approx(
            count.yearFraction(other(start), other(end), other(first), other(last)), abs=1e-12
        )


def every_day(first: date, last: date) -> Iterator[date]:
    for at in range((last - first).days + 1):
        yield first + timedelta(days=at)


def test_target_days() -> None:
    calendar = QuantLib.TARGET()
    for day in every_day(date(2002, 1, 1), date(2059, 12, 31)):
        assert is_business_day(day, "TARGET") == calendar.isBusinessDay(other(day)), day


def test_chinese_days_are_those_of_the_interbank_market() -> None:
    """Holidays and make-up workdays of nineteen years, day by day; Tomb-sweeping Day is a holiday only since 2008."""
    calendar = QuantLib.China(QuantLib.China.IB)
    differences = [
        day
        for day in every_day(date(2007, 1, 1), date(2026, 12, 31))
        if is_business_day(day, "CN") != calendar.isBusinessDay(other(day))
    ]
    assert differences == [date(2007, 4, 4)]


def test_the_stock_exchange_keeps_the_weekends_that_others_work() -> None:
    calendar = QuantLib.China(QuantLib.China.SSE)
    differences = [
        day
        for day in every_day(date(2008, 1, 1), date(2026, 12, 31))
        if is_business_day(day, "CN") != calendar.isBusinessDay(other(day)) and day.weekday() < 5
    ]
    # New Year's Eve of 2024: no public holiday, but the exchanges were closed.
    assert differences == [date(2024, 2, 9)]


ROLLS = {
    "following": QuantLib.Following,
    "modified_following": QuantLib.ModifiedFollowing,
    "preceding": QuantLib.Preceding,
    "modified_preceding": QuantLib.ModifiedPreceding,
}


@pytest.mark.parametrize("convention", ROLLS)
def test_rolls(convention: str) -> None:
    for name, calendar in (("TARGET", QuantLib.TARGET()), ("weekends", QuantLib.WeekendsOnly())):
        for day in every_day(date(2020, 1, 1), date(2030, 12, 31)):
            theirs = back(calendar.adjust(other(day), ROLLS[convention]))
            assert roll(day, convention, name) == theirs, day  # type: ignore[arg-type]


def test_months_on_and_the_end_of_months() -> None:
    calendar = QuantLib.NullCalendar()
    for anchor in every_day(date(2023, 1, 1), date(2024, 12, 31)):
        assert is_month_end(anchor) == QuantLib.Date.isEndOfMonth(other(anchor))
        for months in (-13, -1, 1, 2, 12, 25):
            theirs = calendar.advance(other(anchor), months, QuantLib.Months, QuantLib.Unadjusted, False)
            assert add_months(anchor, months) == back(theirs)


def test_the_exchanges_of_china_trade_on_the_days_quantlib_has() -> None:
    """But for 4 April 2007, which it has closed."""
    exchange, day, other = QuantLib.China(QuantLib.China.SSE), date(2007, 1, 1), []
    while day <= date(2025, 12, 31):
        if exchange.isBusinessDay(QuantLib.Date(day.day, day.month, day.year)) != is_business_day(day, "CN_EXCHANGE"):
            other.append(day)
        day += timedelta(days=1)
    assert other == [date(2007, 4, 4)]

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.daycount import year_fraction
from finance.errors import DatesOutOfOrder, InexactNumber, MissingArgument, OutOfRange, UnknownChoice

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))

CONVENTIONS = ("ACT/360", "ACT/365F", "ACT/ACT ISDA", "ACT/ACT AFB", "30/360", "30/360 US", "30E/360", "NL/365")
# Year fractions of these conventions, in this order, by QuantLib 1.x (Actual360, Actual365Fixed, ActualActual ISDA and AFB,
# Thirty360 BondBasis, USA and European, Actual365Fixed NoLeap), at days where they part ways.
BY_QUANTLIB = [
    (
        "2023-12-12",
        "2024-01-12",
        (
            0.086111111111,
            0.084931506849,
            0.084849165357,
            0.084931506849,
            0.083333333333,
            0.083333333333,
            0.083333333333,
            0.084931506849,
        ),
    ),
    (
        "2024-01-31",
        "2024-02-29",
        (
            0.080555555556,
            0.079452054795,
            0.079234972678,
            0.079452054795,
            0.080555555556,
            0.080555555556,
            0.080555555556,
            0.076712328767,
        ),
    ),
    (
        "2023-01-31",
        "2023-02-28",
        (
            0.077777777778,
            0.076712328767,
            0.076712328767,
            0.076712328767,
            0.077777777778,
            0.077777777778,
            0.077777777778,
            0.076712328767,
        ),
    ),
    (
        "2023-02-28",
        "2023-03-31",
        (
            0.086111111111,
            0.084931506849,
            0.084931506849,
            0.084931506849,
            0.091666666667,
            0.083333333333,
            0.088888888889,
            0.084931506849,
        ),
    ),
    (
        "2024-02-29",
        "2024-03-31",
        (
            0.086111111111,
            0.084931506849,
            0.084699453552,
            0.084699453552,
            0.088888888889,
            0.083333333333,
            0.086111111111,
            0.084931506849,
        ),
    ),
    (
        "2024-02-28",
        "2025-02-28",
        (
            1.016666666667,
            1.002739726027,
            1.000434164234,
            1.002739726027,
            1.000000000000,
            1.000000000000,
            1.000000000000,
            1.000000000000,
        ),
    ),
    (
        "2024-02-29",
        "2025-02-28",
        (
            1.013888888889,
            1.000000000000,
            0.997701923797,
            1.000000000000,
            0.997222222222,
            1.000000000000,
            0.997222222222,
            1.000000000000,
        ),
    ),
    (
        "2004-02-29",
        "2008-02-28",
        (
            4.055555555556,
            4.000000000000,
            3.997267759563,
            4.000000000000,
            3.997222222222,
            3.994444444444,
            3.997222222222,
            4.000000000000,
        ),
    ),
    (
        "2004-02-28",
        "2008-02-28",
        (
            4.058333333333,
            4.002739726027,
            4.000000000000,
            4.002739726027,
            4.000000000000,
            4.000000000000,
            4.000000000000,
            4.000000000000,
        ),
    ),
    (
        "2003-11-01",
        "2004-05-01",
        (
            0.505555555556,
            0.498630136986,
            0.497724380567,
            0.497267759563,
            0.500000000000,
            0.500000000000,
            0.500000000000,
            0.495890410959,
        ),
    ),
    (
        "2024-05-31",
        "2024-08-31",
        (
            0.255555555556,
            0.252054794521,
            0.251366120219,
            0.252054794521,
            0.250000000000,
            0.250000000000,
            0.250000000000,
            0.252054794521,
        ),
    ),
    (
        "2024-05-30",
        "2024-08-31",
        (
            0.258333333333,
            0.254794520548,
            0.254098360656,
            0.254794520548,
            0.250000000000,
            0.250000000000,
            0.250000000000,
            0.254794520548,
        ),
    ),
    (
        "2024-05-29",
        "2024-08-31",
        (
            0.261111111111,
            0.257534246575,
            0.256830601093,
            0.257534246575,
            0.255555555556,
            0.255555555556,
            0.252777777778,
            0.257534246575,
        ),
    ),
    (
        "2020-02-29",
        "2024-02-29",
        (
            4.058333333333,
            4.002739726027,
            4.000000000000,
            4.000000000000,
            4.000000000000,
            4.000000000000,
            4.000000000000,
            4.000000000000,
        ),
    ),
    (
        "1999-07-30",
        "2000-01-30",
        (
            0.511111111111,
            0.504109589041,
            0.503892506924,
            0.504109589041,
            0.500000000000,
            0.500000000000,
            0.500000000000,
            0.504109589041,
        ),
    ),
    (
        "2023-08-31",
        "2024-02-29",
        (
            0.505555555556,
            0.498630136986,
            0.498188487162,
            0.498630136986,
            0.497222222222,
            0.497222222222,
            0.497222222222,
            0.495890410959,
        ),
    ),
]


@pytest.mark.parametrize(("start", "end", "expected"), BY_QUANTLIB)
def test_figures_of_another_library(start: str, end: str, expected: tuple[float, ...]) -> None:
    for convention, figure in zip(CONVENTIONS, expected, strict=True):
        fraction = year_fraction(date.fromisoformat(start), date.fromisoformat(end), convention)
        assert float(fraction) == pytest.approx(figure, abs=1e-11), convention


# "EMU and market conventions: recent developments", ISDA, November 1998: start, end, period start, period end, frequency,
# then the figures by ISDA, ICMA (ISMA) and AFB.
ISDA_MEMORANDUM = [
    ("2003-11-01", "2004-05-01", "2003-11-01", "2004-05-01", 2, 0.497724380567, 0.5, 0.497267759563),
    ("1999-02-01", "1999-07-01", "1998-07-01", "1999-07-01", 1, 0.410958904110, 0.410958904110, 0.410958904110),
    ("1999-07-01", "2000-07-01", "1999-07-01", "2000-07-01", 1, 1.001377348600, 1.0, 1.0),
    ("2003-07-15", "2004-01-15", "2003-07-15", "2004-01-15", 2, 0.504004790778, 0.5, 0.504109589041),
    ("1999-07-30", "2000-01-30", "1999-07-30", "2000-01-30", 2, 0.503892506924, 0.5, 0.504109589041),
    ("2000-01-30", "2000-06-30", "2000-01-30", "2000-07-30", 2, 0.415300546448, 0.417582417582, 0.415300546448),
]


@pytest.mark.parametrize(("start", "end", "first", "last", "frequency", "isda", "icma", "afb"), ISDA_MEMORANDUM)
def test_the_examples_of_the_isda_memorandum(
    start: str, end: str, first: str, last: str, frequency: int, isda: float, icma: float, afb: float
) -> None:
    span = date.fromisoformat(start), date.fromisoformat(end)
    period = {"period_start": date.fromisoformat(first), "period_end": date.fromisoformat(last)}
    assert float(year_fraction(*span, "ACT/ACT ISDA")) == pytest.approx(isda, abs=1e-11)
    assert float(year_fraction(*span, "ACT/ACT AFB")) == pytest.approx(afb, abs=1e-11)
    by_icma = year_fraction(*span, "ACT/ACT ICMA", frequency=frequency, **period)
    assert float(by_icma) == pytest.approx(icma, abs=1e-11)


def test_act_365_leap() -> None:
    half: dict[str, Any] = {"frequency": 2, "period_end": date(2024, 7, 1)}
    assert year_fraction(date(2024, 1, 1), date(2024, 7, 1), "ACT/365L", **half) == Fraction(182, 366)
    # A half-yearly period looks at the year of its end, a yearly one for a 29 February inside it.
    yearly: dict[str, Any] = {"frequency": 1, "period_start": date(2023, 3, 1), "period_end": date(2024, 3, 1)}
    assert year_fraction(date(2023, 3, 1), date(2023, 9, 1), "ACT/365L", **yearly) == Fraction(184, 366)
    yearly = {"frequency": 1, "period_start": date(2024, 3, 1), "period_end": date(2025, 3, 1)}
    assert year_fraction(date(2024, 3, 1), date(2024, 9, 1), "ACT/365L", **yearly) == Fraction(184, 365)


@pytest.mark.parametrize(
    ("start", "end", "frequency", "period_end", "days", "year"),
    [
        # The figures of OpenGamma Strata's tests, for periods that begin with the span.
        ("2011-12-28", "2012-02-28", 1, "2012-02-28", 62, 365),
        ("2011-12-28", "2012-02-28", 1, "2012-02-29", 62, 366),
        ("2011-12-28", "2012-02-28", 1, "2012-03-01", 62, 366),
        ("2011-12-28", "2012-02-29", 1, "2012-02-29", 63, 366),
        ("2011-12-28", "2012-02-28", 2, "2012-02-28", 62, 366),
        ("2011-12-28", "2012-02-29", 2, "2012-03-01", 63, 366),
        ("2010-12-28", "2011-02-28", 2, "2011-02-28", 62, 365),
        ("2011-11-28", "2011-12-28", 2, "2012-05-28", 30, 366),
        ("2010-12-28", "2011-02-28", 2, "2011-03-01", 62, 365),
    ],
)
def test_act_365_leap_by_another_library(
    start: str, end: str, frequency: int, period_end: str, days: int, year: int
) -> None:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    fraction = year_fraction(
        first,
        last,
        "ACT/365L",
        frequency=frequency,
        period_start=first,
        period_end=date.fromisoformat(period_end),
    )
    assert fraction == Fraction(days, year)


def test_30e_360_isda_spares_the_last_february() -> None:
    start, end = date(2023, 8, 31), date(2024, 2, 29)
    assert year_fraction(start, end, "30E/360 ISDA", maturity=date(2025, 2, 28)) == Fraction(180, 360)
    assert year_fraction(start, end, "30E/360 ISDA", maturity=end) == Fraction(179, 360)


def test_plain_act_act_gives_a_day_to_the_year_in_which_it_ends() -> None:
    # 13 December to 12 January: 19 days of 2023, 12 of 2024.
    assert year_fraction(date(2023, 12, 12), date(2024, 1, 12), "ACT/ACT") == Fraction(19, 365) + Fraction(12, 366)
    # 12 December to 11 January: 20 and 11.
    isda = year_fraction(date(2023, 12, 12), date(2024, 1, 12), "ACT/ACT ISDA")
    assert isda == Fraction(20, 365) + Fraction(11, 366)


@given(days, st.integers(0, 4000), st.integers(0, 4000))
def test_counts_of_days_add_up(start: date, first: int, second: int) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    for convention in ("ACT/360", "ACT/365", "ACT/ACT", "ACT/ACT ISDA", "NL/365"):
        parts = year_fraction(start, middle, convention) + year_fraction(middle, end, convention)
        assert parts == year_fraction(start, end, convention)


@given(days, st.integers(1, 40))
def test_every_count_calls_a_whole_number_of_years_so_to_within_days(start: date, years: int) -> None:
    start = start.replace(day=min(start.day, 28))
    end = start.replace(year=start.year + years)
    for convention in ("ACT/ACT", "ACT/ACT ISDA", "30/360 US", "30E/360", "NL/365"):
        assert abs(year_fraction(start, end, convention) - years) < Fraction(3, 360)
    assert year_fraction(start, end, "30/360") == years


def test_spelling_does_not_matter() -> None:
    span = date(2023, 1, 31), date(2024, 2, 29)
    assert year_fraction(*span, "30/360 (US)") == year_fraction(*span, "30/360 us") == year_fraction(*span, "30/360 US")
    assert year_fraction(*span, "ACT/365") == year_fraction(*span, "ACT/365F")


@pytest.mark.parametrize(
    ("convention", "given_arguments", "missing"),
    [
        ("ACT/ACT ICMA", {"period_end": date(2025, 1, 1), "frequency": 1}, "period_start"),
        ("ACT/ACT ICMA", {"period_start": date(2024, 1, 1), "frequency": 1}, "period_end"),
        ("ACT/ACT ICMA", {"period_start": date(2024, 1, 1), "period_end": date(2025, 1, 1)}, "frequency"),
        ("ACT/365L", {"period_end": date(2025, 1, 1)}, "frequency"),
        ("ACT/365L", {"frequency": 2}, "period_end"),
        ("ACT/365L", {"frequency": 1, "period_end": date(2025, 1, 1)}, "period_start"),
        ("30E/360 ISDA", {}, "maturity"),
    ],
)
def test_a_missing_argument_is_named(convention: str, given_arguments: dict[str, Any], missing: str) -> None:
    with pytest.raises(MissingArgument) as refused:
        year_fraction(date(2024, 2, 1), date(2024, 3, 1), convention, **given_arguments)
    assert (refused.value.code, refused.value.field) == ("missing_argument", missing)


def test_what_cannot_be_counted_is_refused() -> None:
    day = date(2024, 2, 1)
    with pytest.raises(DatesOutOfOrder):
        year_fraction(day, day - timedelta(days=1), "ACT/360")
    with pytest.raises(UnknownChoice):
        year_fraction(day, day, "ACT/364")
    with pytest.raises(InexactNumber):
        year_fraction(datetime(2024, 1, 1, tzinfo=UTC), day, "ACT/360")
    period = {"period_start": date(2024, 1, 1), "period_end": date(2024, 7, 1)}
    with pytest.raises(OutOfRange):
        year_fraction(day, date(2024, 8, 1), "ACT/ACT ICMA", frequency=2, **period)
    with pytest.raises(OutOfRange):
        year_fraction(day, day, "ACT/ACT ICMA", frequency=0, **period)


def test_the_first_and_the_last_day_of_the_calendar_are_counted() -> None:
    assert year_fraction(date(9999, 12, 30), date.max, "ACT/ACT") == Fraction(1, 365)
    assert year_fraction(date(9998, 12, 31), date.max, "ACT/ACT") == 1
    assert year_fraction(date.min, date.min, "ACT/ACT AFB") == 0
    assert year_fraction(date.min, date(1, 1, 3), "ACT/ACT AFB") == Fraction(2, 365)


def test_the_european_30_360_has_two_names() -> None:
    span = (date(2024, 1, 31), date(2024, 3, 31))
    assert year_fraction(*span, "30/360 European") == year_fraction(*span, "30E/360") == Fraction(60, 360)

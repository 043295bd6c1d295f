"""Annual percentage rates against the worked examples of the laws themselves."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.apr_flows import LARGEST_CREDIT_FLOWS, read_credit
from finance.apr_us import UnitPeriod, unit_period
from finance.apr_years import frequency
from finance.calendars import add_months
from finance.errors import DatesOutOfOrder, FinanceError, InexactNumber, NoRoot, OutOfRange, SeveralRoots, UnknownChoice
from finance.returns import apr, irr, xirr

Flows = list[tuple[date, int]]
METHODS = ["us", "eu", "uk"]
START = date(2024, 1, 15)
MONTH, WEEK, FORTNIGHT = UnitPeriod(1, "month"), UnitPeriod(1, "week"), UnitPeriod(2, "week")


def monthly(first: date, count: int, amount: int, *, months: int = 1) -> Flows:
    return [(add_months(first, months * at), amount) for at in range(count)]


def weekly(first: date, count: int, amount: int, *, weeks: int = 1) -> Flows:
    return [(first + timedelta(weeks=weeks * at), amount) for at in range(count)]


def once(day: date, amount: int) -> Flows:
    return [(day, amount)]


def after(start: date, days: int) -> date:
    return start + timedelta(days=days)


SKIPPED_FROM = date(1978, 1, 25)
APPENDIX_J = [
    # (paragraph (c), advance, payments, unit-period, percent)
    ("1i", once(date(1978, 1, 10), 500_000), monthly(date(1978, 2, 10), 24, 23_000), MONTH, 9.69),
    ("1ii", once(date(1978, 2, 10), 600_000), monthly(date(1978, 4, 1), 36, 20_000), MONTH, 11.82),
    (
        "1iii",
        once(date(1978, 2, 23), 500_000),
        monthly(date(1978, 3, 1), 12, 21_917) + monthly(date(1978, 3, 16), 12, 21_917),
        UnitPeriod(1, "semimonth"),
        10.34,
    ),
    (
        "1iv",
        once(date(1978, 5, 23), 1_000_000),
        monthly(date(1978, 10, 1), 40, 38_500, months=3),
        UnitPeriod(3, "month"),
        8.97,
    ),
    ("1v", once(date(1978, 3, 20), 50_000), weekly(date(1978, 4, 21), 30, 1_760), WEEK, 14.96),
    (
        "2i",
        once(date(1978, 1, 10), 500_000),
        once(date(1978, 2, 10), 25_000) + monthly(date(1978, 3, 10), 23, 23_000),
        MONTH,
        10.08,
    ),
    (
        "2ii",
        once(date(1978, 3, 18), 40_000),
        once(date(1978, 4, 20), 3_950) + weekly(date(1978, 5, 18), 11, 3_831, weeks=4),
        UnitPeriod(4, "week"),
        28.50,
    ),
    (
        "3i",
        once(date(1978, 1, 10), 500_000),
        monthly(date(1978, 2, 10), 23, 23_000) + once(date(1980, 1, 10), 28_000),
        MONTH,
        10.50,
    ),
    (
        "3ii",
        once(date(1978, 4, 3), 20_000),
        weekly(date(1978, 4, 11), 19, 950, weeks=2) + once(after(date(1978, 4, 11), 14 * 19), 3_000),
        FORTNIGHT,
        12.22,
    ),
    (
        "4i",
        once(date(1978, 1, 10), 500_000),
        once(date(1978, 2, 10), 25_000) + monthly(date(1978, 3, 10), 22, 23_000) + once(date(1980, 1, 10), 28_000),
        MONTH,
        10.90,
    ),
    (
        "4ii",
        once(date(1978, 1, 10), 800_000),
        once(date(1978, 3, 1), 44_936)
        + monthly(date(1978, 5, 1), 18, 46_500, months=2)
        + once(date(1981, 5, 1), 20_000),
        UnitPeriod(2, "month"),
        7.30,
    ),
    ("5i", once(date(1978, 1, 3), 100_000), once(date(1978, 9, 15), 108_000), UnitPeriod(255, "day"), 11.45),
    ("5ii", once(date(1978, 1, 31), 100_000), once(date(1978, 7, 31), 104_400), UnitPeriod(6, "month"), 8.80),
    ("5iii", once(date(1978, 1, 31), 100_000), once(date(1979, 7, 31), 113_519), UnitPeriod(12, "month"), 8.76),
    ("5iv", once(date(1978, 1, 31), 100_000), once(date(1980, 1, 31), 124_000), UnitPeriod(12, "month"), 11.36),
    (
        "6i",
        once(SKIPPED_FROM, 213_500),
        weekly(after(SKIPPED_FROM, 26), 9, 10_000, weeks=4)
        + weekly(after(SKIPPED_FROM, 10 * 28 + 12), 6, 10_000, weeks=4)
        + weekly(after(SKIPPED_FROM, 16 * 28 + 26), 6, 10_000, weeks=4)
        + weekly(after(SKIPPED_FROM, 23 * 28 + 12), 3, 10_000, weeks=4),
        UnitPeriod(4, "week"),
        12.00,
    ),
    (
        "6ii",
        once(date(1978, 3, 3), 735_000),
        monthly(date(1978, 9, 15), 3, 100_000)
        + once(date(1979, 3, 15), 200_000)
        + monthly(date(1979, 9, 15), 3, 75_000)
        + once(date(1980, 2, 1), 100_000),
        MONTH,
        10.22,
    ),
]


@pytest.mark.parametrize(
    ("advances", "payments", "unit", "percent"), [row[1:] for row in APPENDIX_J], ids=[row[0] for row in APPENDIX_J]
)
def test_every_example_of_appendix_j(advances: Flows, payments: Flows, unit: UnitPeriod, percent: float) -> None:
    # 12 CFR 1026, Appendix J, (c)(1) to (c)(6): amounts, unit-periods, fractions and rates as published. Of some of them the
    # regulation gives only the intervals; the days here have those.
    assert round(100 * apr(advances, payments), 2) == percent
    assert unit_period(read_credit(advances, payments)) == unit
    assert apr(advances, payments, method="us") == apr(advances, payments[::-1])


@pytest.mark.parametrize(
    ("advances", "payments", "percent"),
    [
        (once(date(1978, 6, 23), 1_000_000), monthly(date(1978, 10, 1), 40, 38_500, months=3), 9.15),
        (once(date(1978, 7, 23), 1_000_000), monthly(date(1978, 10, 1), 40, 38_500, months=3), 9.32),
        (once(date(2023, 10, 26), 100_000), [(after(date(2023, 11, 30), at), 22_000) for at in range(5)], 94.15),
        (once(date(2023, 10, 28), 100_000), weekly(date(2023, 11, 30), 5, 25_000), 176.52),
        (once(date(2023, 11, 23), 100_000), weekly(date(2023, 11, 30), 5, 25_000), 412.40),
        (once(date(2023, 11, 24), 100_000), weekly(date(2023, 11, 30), 5, 25_000), 434.30),
        (once(date(2023, 10, 26), 100_000), monthly(date(2023, 11, 30), 5, 50_000, months=12), 78.34),
    ],
)
def test_further_rates_of_the_actuarial_method(advances: Flows, payments: Flows, percent: float) -> None:
    # The edge cases of FSharp.Finance.Personal (S. Treanor), there confirmed by spreadsheet.
    assert round(100 * apr(advances, payments), 2) == percent


@pytest.mark.parametrize(
    ("advances", "payments", "unit"),
    [
        # Last days of months are months apart, also from 31 January to 28 February.
        (once(date(2023, 1, 31), 100), [(date(2023, 2, 28), 60), (date(2023, 3, 31), 60)], MONTH),
        (once(date(2023, 1, 30), 100), [(date(2023, 2, 28), 60), (date(2023, 3, 30), 60)], MONTH),
        (once(date(2023, 1, 31), 100), once(date(2023, 2, 28), 101), MONTH),
        (once(date(2022, 12, 31), 100), once(date(2023, 6, 30), 101), UnitPeriod(6, "month")),
        # 28 days are four weeks; from a 10 February they are a month too.
        (once(date(2023, 2, 10), 100), weekly(date(2023, 3, 10), 4, 30, weeks=4), UnitPeriod(4, "week")),
        (once(date(2023, 2, 10), 100), monthly(date(2023, 3, 10), 4, 30), MONTH),
        (
            once(date(2023, 1, 13), 100),
            [(date(2023, 2, 10), 30), (date(2023, 3, 10), 30), (date(2023, 3, 15), 60)],
            UnitPeriod(4, "week"),
        ),
        # 28 days before 1 February do not make the 28 days after it four weeks.
        (once(date(2023, 1, 4), 100), monthly(date(2023, 2, 1), 3, 40), MONTH),
        (once(date(2023, 2, 1), 100), [(date(2023, 2, 15), 60), (date(2023, 3, 1), 60)], UnitPeriod(1, "semimonth")),
        # As often: the shorter.
        (
            once(date(2023, 1, 2), 100),
            [(date(2023, 1, 9), 1), (date(2023, 1, 16), 1), (date(2023, 2, 16), 1), (date(2023, 3, 16), 120)],
            WEEK,
        ),
        (once(date(2023, 1, 15), 100), [(date(2023, month, day), 20) for month in (2, 3, 4) for day in (1, 15)],
         UnitPeriod(1, "semimonth")),
        (
            once(date(2023, 1, 15), 100),
            [(date(2023, 1, 31), 30), (date(2023, 2, 15), 30), (date(2023, 2, 28), 30), (date(2023, 3, 15), 30)],
            UnitPeriod(1, "semimonth"),
        ),
        # No period twice: the standard interval next to the average; 45 days is next to six weeks.
        (once(date(2023, 1, 10), 100), [(date(2023, 2, 10), 60), (date(2023, 4, 10), 60)], UnitPeriod(6, "week")),
        (
            once(date(2023, 1, 10), 100),
            [(date(2023, 2, 10), 30), (date(2023, 4, 10), 30), (date(2023, 7, 10), 60)],
            UnitPeriod(2, "month"),
        ),
        # 10 and 11 days: next to a week and a fortnight alike, so the shorter.
        (once(date(2023, 1, 1), 100), [(date(2023, 1, 11), 60), (date(2023, 1, 22), 60)], WEEK),
        # Never more than a year.
        (once(date(2020, 1, 10), 100), monthly(date(2022, 1, 10), 3, 50, months=24), UnitPeriod(12, "month")),
        (once(date(2020, 1, 1), 100), weekly(date(2021, 1, 13), 3, 50, weeks=54), UnitPeriod(12, "month")),
        (once(date(2020, 1, 10), 100), [(date(2023, 1, 12), 60), (date(2028, 1, 12), 60)], UnitPeriod(12, "month")),
        (once(date(2023, 1, 1), 100), [(after(date(2023, 1, 1), at), 30) for at in range(1, 5)], UnitPeriod(1, "day")),
        # A year and five days is a year; the first half of January does not go with what is paid at its end.
        (once(date(2023, 1, 10), 100), once(date(2024, 1, 15), 110), UnitPeriod(12, "month")),
        (
            [(date(2023, 1, 1), 100), (date(2023, 1, 16), 100)],
            [(date(2023, month, day), 50) for month, day in ((2, 1), (2, 16), (3, 1), (4, 1), (5, 1))],
            MONTH,
        ),
        # Steps between advances count beside those between payments.
        (weekly(date(2023, 1, 2), 6, 100), monthly(date(2023, 4, 2), 4, 160), WEEK),
        (monthly(date(2023, 1, 2), 2, 100), weekly(date(2023, 1, 9), 4, 60), WEEK),
    ],
)  # fmt: skip
def test_unit_periods(advances: Flows, payments: Flows, unit: UnitPeriod) -> None:
    assert unit_period(read_credit(advances, payments)) == unit


def test_a_construction_loan_of_several_advances() -> None:
    advances, payments = monthly(START, 5, 100_000), monthly(date(2024, 7, 15), 12, 45_000)
    flows = [-100_000] * 5 + [0] + [45_000] * 12
    assert apr(advances, payments) == pytest.approx(12 * irr(flows), abs=1e-12)
    # Half a month later: the fraction of a period of each earns simple interest.
    later = monthly(date(2024, 7, 30), 12, 45_000)
    rate = apr(advances, later) / 12
    worth = sum(100_000 / (1 + rate) ** at for at in range(5))
    assert worth == pytest.approx(sum(45_000 / (1 + rate / 2) / (1 + rate) ** (6 + at) for at in range(12)))


EUROPEAN = [
    # COM(2005) 483 final/2, Annex II, examples 2 to 5: 48 monthly payments; expenses of 60 kept back or spread, insurance.
    (600_000, 14_931, 9.380593),
    (594_000, 14_931, 9.954966),
    (600_000, 15_056, 9.856689),
    (594_000, 15_231, 11.1070115),
]


@pytest.mark.parametrize("method", ["eu", "uk"])
@pytest.mark.parametrize(("advance", "payment", "percent"), EUROPEAN)
def test_examples_of_the_commission(advance: int, payment: int, percent: float, method: str) -> None:
    rate = apr(once(START, advance), monthly(add_months(START, 1), 48, payment), method=method)
    assert 100 * rate == pytest.approx(percent, abs=5e-6)


@pytest.mark.parametrize(
    ("advance", "payments", "by_months", "by_days"),
    [
        (100_000, [(date(1995, 7, 1), 120_000)], 12.92, 12.96),
        (95_000, [(date(1995, 7, 1), 120_000)], 16.85, 16.90),
        (100_000, [(date(1995, 1, 1), 60_000), (date(1996, 1, 1), 60_000)], 13.07, 13.07),
        (100_000, [(date(1994, 4, 1), 27_200), (date(1994, 7, 1), 27_200), (date(1995, 1, 1), 54_400)], 13.19, 13.23),
    ],
)
def test_examples_of_directive_98_7(advance: int, payments: Flows, by_months: float, by_days: float) -> None:
    # Annex III, parts B (a year of 12 equal months) and A (days of 365): the first is the rule since, the second is XIRR.
    start = date(1994, 1, 1)
    for method in ("eu", "uk"):
        assert round(100 * apr(once(start, advance), payments, method=method), 2) == by_months
    assert round(100 * xirr([(start, -advance), *payments]), 2) == by_days


@pytest.mark.parametrize(
    ("start", "end", "months", "days", "of"),
    [
        # Guidelines SWD(2012) 128, section 4.1.1.
        (date(2012, 1, 12), date(2013, 1, 12), 12, 0, 366),
        (date(2012, 1, 12), date(2012, 2, 15), 1, 3, 365),
        (date(2013, 1, 12), date(2013, 2, 15), 1, 3, 366),
        (date(2013, 2, 25), date(2013, 3, 28), 1, 3, 366),
        (date(2013, 2, 26), date(2013, 3, 29), 1, 2, 366),
        (date(2012, 2, 26), date(2012, 3, 29), 1, 3, 366),
        # Ends of months.
        (date(2024, 12, 31), date(2025, 2, 28), 2, 0, 365),
        (date(2024, 2, 28), date(2024, 3, 31), 1, 1, 366),
        (date(2024, 2, 29), date(2024, 3, 31), 1, 0, 366),
        (date(2024, 1, 31), date(2025, 2, 28), 13, 0, 365),
    ],
)
def test_european_intervals_in_months(start: date, end: date, months: int, days: int, of: int) -> None:
    rate = apr(once(start, 100_000), once(end, 110_000), method="eu")
    assert rate == pytest.approx(1.1 ** (1 / (months / 12 + days / of)) - 1, rel=1e-12)


def test_a_payment_on_the_28th_is_a_month_after_the_28th_alone() -> None:
    payments = [(date(2023, 2, 28), 51_000), (date(2023, 3, 28), 51_000)]
    rate = apr(once(date(2023, 1, 31), 100_000), payments, method="eu")
    assert worth(rate, [(28 / 365, 51_000), (1 / 12 + 28 / 365, 51_000)]) == pytest.approx(100_000)


def worth(rate: float, flows: list[tuple[float, float]]) -> float:
    return sum(amount / (1 + rate) ** years for years, amount in flows)


@pytest.mark.parametrize(
    ("payments", "unit", "years"),
    [
        (
            [date(2012, 2, 15), date(2012, 3, 15), date(2012, 4, 15)],
            "month",
            [1 / 12 + 3 / 365, 2 / 12 + 3 / 365, 3 / 12 + 3 / 365],
        ),
        ([date(2013, 2, 15), date(2014, 2, 15)], "year", [1 + 34 / 365, 2 + 34 / 365]),
        ([date(2012, 1, 26), date(2012, 1, 30)], "month", [14 / 365, 18 / 365]),
        ([date(2012, 1, 16), date(2012, 1, 30)], "week", [4 / 365, 2 / 52 + 4 / 365]),
        ([date(2012, 1, 26), date(2013, 1, 10)], "week", [2 / 52, 52 / 52]),
        ([date(2012, 1, 12) + timedelta(weeks=52)], "week", [1.0]),
        ([date(2012, 1, 17), date(2012, 1, 24), date(2012, 2, 24)], "month", [5 / 365, 12 / 365, 1 / 12 + 12 / 365]),
    ],
)
def test_european_intervals_in_the_unit_of_the_payments(payments: list[date], unit: str, years: list[float]) -> None:
    # The intervals of section 4.1.1 of the guidelines for years and weeks.
    flows = [(day, 100_000 // len(payments) + 1_000) for day in payments]
    assert frequency(read_credit(once(date(2012, 1, 12), 100_000), flows)) == unit
    rate = apr(once(date(2012, 1, 12), 100_000), flows, method="eu")
    amounts = [amount for _, amount in flows]
    assert worth(rate, list(zip(years, amounts, strict=True))) == pytest.approx(100_000, rel=1e-12)


@pytest.mark.parametrize(
    ("start", "payments", "years"),
    [
        (date(2012, 1, 12), [date(2012, 2, 15)], [34 / 366]),
        (date(2013, 1, 12), [date(2013, 2, 15)], [34 / 365]),
        (date(2011, 12, 20), [date(2012, 1, 25)], [11 / 365 + 25 / 366]),
        (date(2012, 1, 12), [date(2014, 2, 15)], [2 + 34 / 365]),
        (date(2012, 3, 12), [date(2014, 2, 15)], [1 + 294 / 365 + 46 / 365]),
        (date(2024, 2, 29), [date(2026, 3, 6)], [2 + 6 / 365]),
        (date(2023, 1, 31), [date(2023, 2, 28)], [1 / 12]),
        (date(2023, 1, 12), [date(2023, 2, 2)], [3 / 52]),
        # Both a month and four weeks: a month, unless several payments are all weeks away.
        (date(2023, 2, 10), [date(2023, 3, 10)], [1 / 12]),
        (date(2023, 2, 10), [date(2023, 3, 10), date(2023, 4, 10)], [1 / 12, 2 / 12]),
        (date(2023, 2, 10), [date(2023, 3, 10), date(2023, 3, 24)], [4 / 52, 6 / 52]),
    ],
)
def test_british_intervals(start: date, payments: list[date], years: list[float]) -> None:
    amounts = [100_000 // len(payments) + 1_000] * len(payments)
    rate = apr(once(start, 100_000), list(zip(payments, amounts, strict=True)), method="uk")
    assert worth(rate, list(zip(years, amounts, strict=True))) == pytest.approx(100_000, rel=1e-12)


def test_where_britain_and_the_union_differ() -> None:
    # 12 January to 15 February 2012: a month and 3 days counted back, or 34 days of a leap year.
    flows = once(date(2012, 1, 12), 100_000), once(date(2012, 2, 15), 110_000)
    assert apr(*flows, method="eu") == pytest.approx(1.1 ** (1 / (1 / 12 + 3 / 365)) - 1)
    assert apr(*flows, method="uk") == pytest.approx(1.1 ** (366 / 34) - 1)
    # A month after a first period of four weeks: the Union counts all in months, Britain the weeks as weeks.
    start, first = date(2023, 5, 1), date(2023, 5, 29)
    payments = [(first, 51_000), (add_months(first, 1), 51_000)]
    united, kingdom = (apr(once(start, 100_000), payments, method=method) for method in ("eu", "uk"))
    assert worth(united, [(28 / 365, 51_000), (1 / 12 + 28 / 365, 51_000)]) == pytest.approx(100_000)
    assert worth(kingdom, [(4 / 52, 51_000), (59 / 365, 51_000)]) == pytest.approx(100_000)


@given(st.integers(1, 60), st.integers(100, 300), st.integers(1, 28))
def test_regular_months_are_the_monthly_irr(count: int, percent: int, day: int) -> None:
    start = date(2023, 1, day)
    payment = 100_000 * percent // (100 * count)
    advances, payments = once(start, 100_000), monthly(add_months(start, 1), count, payment)
    monthly_rate = irr([-100_000, *[payment] * count])
    if count > 1:
        assert apr(advances, payments) == pytest.approx(12 * monthly_rate, abs=1e-9)
    for method in ("eu", "uk"):
        assert apr(advances, payments, method=method) == pytest.approx((1 + monthly_rate) ** 12 - 1, rel=1e-8, abs=1e-9)


def naive_month_periods(start: date, end: date, scheduled: int) -> tuple[int, float]:
    """Full months and days / 30, stepping back from the end day by day of the month, one month at a time."""
    months, reached = 0, end
    while True:
        year, month = divmod(reached.year * 12 + reached.month - 2, 12)
        earlier = date(year, month + 1, min(scheduled, monthrange(year, month + 1)[1]))
        if earlier < start:
            return months, (reached - start).days / 30
        months, reached = months + 1, earlier


@given(
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    st.integers(0, 70),
    st.lists(st.integers(1, 10**7), min_size=3, max_size=40),
    st.integers(1, 31),
)
def test_odd_first_periods_against_a_second_model(start: date, wait: int, amounts: list[int], due_day: int) -> None:
    around = start + timedelta(days=wait)
    anchor = date(around.year, 1, due_day)
    days = [add_months(anchor, around.month + at) for at in range(len(amounts))]
    if len({*days, start}) <= len(days) or due_day not in {day.day for day in days}:
        return
    rate = apr(once(start, sum(amounts)), list(zip(days, (2 * amount for amount in amounts), strict=True))) / 12

    def owed(rate: float) -> float:
        total = 0.0
        for day, amount in zip(days, amounts, strict=True):
            full, part = naive_month_periods(start, day, due_day)
            total += 2 * amount / ((1 + part * rate) * (1 + rate) ** full)
        return total

    assert owed(rate) == pytest.approx(sum(amounts), rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_rates_around_nothing(method: str) -> None:
    start, payments = once(START, 120_000), monthly(add_months(START, 1), 12, 10_000)
    assert apr(start, payments, method=method) == pytest.approx(0, abs=1e-12)
    assert -0.5 < apr(once(START, 140_000), payments, method=method) < 0
    assert apr(once(START, 100_000), payments, method=method) > 0.3
    # Sums of one day are added, and what is paid on the first day lowers the advance.
    split = [(START, 70_000), (START, 50_000)]
    assert apr(split, [*payments, (START, 20_000)], method=method) == apr(once(START, 100_000), payments, method=method)
    in_units = [(day, Decimal(amount) / 100) for day, amount in payments]
    assert apr([(START, Decimal(1_000))], in_units, method=method) == pytest.approx(
        apr(once(START, 100_000), payments, method=method), rel=1e-14
    )


@pytest.mark.parametrize("method", METHODS)
def test_several_rates_are_all_told(method: str) -> None:
    # Yearly worth −100, 230, −132: at 10 % and at 20 %.
    day = [date(2021, 1, 1), date(2022, 1, 1), date(2023, 1, 1)]
    with pytest.raises(SeveralRoots) as refused:
        apr([(day[0], 100), (day[2], 132)], [(day[1], 230)], method=method)
    assert refused.value.facts["rates"] == pytest.approx((0.1, 0.2))
    assert refused.value.field == "payments"
    # Touched, not crossed: one rate.
    assert apr([(day[0], 100), (day[2], 121)], [(day[1], 220)], method=method) == pytest.approx(0.1, abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("advances", "payments"),
    [
        (once(START, 100), once(START, 110)),
        (once(START, 100), once(START, 100)),
        (once(START, 100), [(START, 110), (add_months(START, 1), 10)]),
        ([(START, 100), (add_months(START, 2), 105)], once(add_months(START, 1), 200)),
    ],
)
def test_credits_without_a_rate(advances: Flows, payments: Flows, method: str) -> None:
    with pytest.raises(NoRoot):
        apr(advances, payments, method=method)


def test_a_rate_no_number_can_hold_is_none() -> None:
    with pytest.raises(NoRoot):
        apr(once(START, 1), once(after(START, 1), 10), method="eu")
    assert apr(once(START, 1), once(after(START, 1), 10)) == pytest.approx(9 * 365)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_credit_is_refused(method: str) -> None:
    good = once(START, 100), once(add_months(START, 1), 110)
    later = add_months(START, 1)
    cases: list[tuple[object, object, type[FinanceError], str]] = [
        ([], good[1], OutOfRange, "advances"),
        (good[0], [], OutOfRange, "payments"),
        (once(START, 0), good[1], OutOfRange, "advances"),
        (good[0], once(later, -110), OutOfRange, "payments"),
        (good[0], once(later, 2**63), OutOfRange, "payments"),
        (good[0], [(later, 110.0)], InexactNumber, "payments"),
        (good[0], [(later, True)], InexactNumber, "payments"),
        (good[0], [(later, Decimal("NaN"))], InexactNumber, "payments"),
        (good[0], [(later, Decimal("Infinity"))], InexactNumber, "payments"),
        ([(datetime(2024, 1, 15, tzinfo=UTC), 100)], good[1], InexactNumber, "advances"),
        (good[0], once(after(START, -1), 110), DatesOutOfOrder, "payments"),
        (good[0], [good[1][0]] * LARGEST_CREDIT_FLOWS, OutOfRange, "payments"),
    ]
    for advances, payments, error, field in cases:
        with pytest.raises(error) as refused:
            apr(advances, payments, method=method)  # type: ignore[arg-type]
        assert refused.value.field == field


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UnknownChoice) as refused:
        apr(once(START, 100), once(add_months(START, 1), 110), method="apr")
    assert refused.value.field == "method"


@pytest.mark.parametrize("method", METHODS)
def test_many_flows_are_quick_and_a_tangle_is_refused(method: str) -> None:
    days = [after(START, at) for at in range(5_000)]
    assert apr(once(START, 10**8), [(day, 10**5) for day in days[1:]], method=method) > 0
    # What is advanced on one day is paid on the next, a thousand times: every rate is nearly one.
    with pytest.raises(OutOfRange) as refused:
        apr([(day, 100) for day in days[0:2_000:2]], [(day, 100) for day in days[1:2_001:2]], method=method)
    assert refused.value.field == "payments"


@pytest.mark.parametrize("method", METHODS)
def test_the_first_and_the_last_days_of_the_calendar(method: str) -> None:
    assert apr(once(date(9999, 11, 30), 100), once(date(9999, 12, 31), 101), method=method) > 0
    early = once(date(1, 1, 31), 100), once(date(1, 3, 5), 101)
    if method != "eu":
        assert apr(*early, method=method) > 0
        return
    # The European rate looks a year back for its days, and there is none before the year 1.
    with pytest.raises(OutOfRange):
        apr(*early, method=method)

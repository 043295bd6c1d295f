"""Performance of net values: against a fund's published returns, small series by hand, and a second model."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import DatesOutOfOrder, InexactNumber, OutOfRange
from finance.performance import (
    Drawdown,
    Wealth,
    annualised_return,
    calmar_ratio,
    max_drawdown,
    period_returns,
    sharpe_ratio,
    sortino_ratio,
    total_return,
    trailing_return,
    volatility,
    wealth,
)

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "funds_eastmoney" / "fund_000004.js"
START = date(2024, 1, 31)


def series(*values: str | int, step: int = 1) -> list[tuple[date, Decimal]]:
    return [(START + timedelta(days=step * at), Decimal(value)) for at, value in enumerate(values)]


@pytest.fixture(scope="module")
def page() -> str:
    if not PUBLISHED.exists():
        pytest.skip("the published net values lie outside the project, in ../shared/data, and are not here")
    return PUBLISHED.read_text(encoding="utf-8")


def net_values(page: str) -> list[dict[str, object]]:
    found = re.search(r"Data_netWorthTrend\s*=\s*(\[.*?\]);", page, re.DOTALL)
    assert found
    rows: list[dict[str, object]] = json.loads(found[1], parse_float=Decimal)
    return rows


def china_day(milliseconds: object) -> date:
    assert isinstance(milliseconds, int)
    return (datetime.fromtimestamp(milliseconds / 1_000, UTC) + timedelta(hours=8)).date()


def published(page: str) -> Wealth:
    rows = net_values(page)
    paid = [(china_day(row["x"]), re.search(r"每份派现金([\d.]+)元", str(row["unitMoney"]))) for row in rows]
    return wealth(
        [(china_day(row["x"]), Decimal(str(row["y"]))) for row in rows],
        [(day, found[1]) for day, found in paid if found],
    )


def test_the_returns_a_fund_portal_published(page: str) -> None:
    held = published(page)
    for name, months in (("syl_1n", 12), ("syl_6y", 6), ("syl_3y", 3), ("syl_1y", 1)):
        told = re.search(rf'{name} = "([\d.]+)"', page)
        assert told
        assert round(100 * trailing_return(held, months), 4) == float(told[1])


def test_every_daily_return_it_published(page: str) -> None:
    # 1,792 of them, that of the one ex-date (0.21 yuan per unit) among them, to four decimals of a percent.
    told = [float(str(row["equityReturn"])) for row in net_values(page)[1:]]
    assert len(told) == 1_792
    assert [round(100 * float(each), 4) for each in period_returns(published(page))] == told


def test_returns_with_and_without_distributions() -> None:
    held = wealth(series(100, 110, 55, 66), [(START + timedelta(days=2), Decimal(55))])
    assert period_returns(held) == pytest.approx([0.1, 0.0, 0.2])
    assert total_return(held) == pytest.approx(0.32)
    assert total_return(wealth(series(100, 110, 55, 66))) == pytest.approx(-0.34)
    twice = wealth(series(10, 9), [(START + timedelta(days=1), "0.5"), (START + timedelta(days=1), "0.5")])
    assert total_return(twice) == pytest.approx(0)
    assert held.values[0] == 1


def test_annualised() -> None:
    year, two = START + timedelta(days=365), START + timedelta(days=730)
    assert annualised_return(wealth([(START, 100), (year, 110)])) == pytest.approx(0.1)
    assert annualised_return(wealth([(START, 100), (two, 121)])) == pytest.approx(0.1)
    assert annualised_return(wealth([(START, 100), (two, 81)])) == pytest.approx(-0.1)
    with pytest.raises(OutOfRange):
        annualised_return(wealth([(START, 100), (START + timedelta(days=364), 110)]))


@pytest.mark.parametrize(
    ("end", "months", "since"),
    [
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2024, 3, 30), 1, date(2024, 2, 29)),
        (date(2024, 3, 15), 1, date(2024, 2, 15)),
        (date(2024, 8, 24), 12, date(2023, 8, 24)),
    ],
)
def test_months_back(end: date, months: int, since: date) -> None:
    later = [(since, Decimal(50)), (since + timedelta(days=1), Decimal(80)), (end, Decimal(100))]
    assert trailing_return(wealth(later), months) == pytest.approx(1.0)
    # Without a net value on that day it is the last one before.
    weekend = [(since - timedelta(days=3), Decimal(25)), *later[1:]]
    assert trailing_return(wealth(weekend), months) == pytest.approx(3.0)
    with pytest.raises(OutOfRange) as refused:
        trailing_return(wealth(later[1:]), months)
    assert refused.value.field == "months"


def at(days: int) -> date:
    return START + timedelta(days=days)


@pytest.mark.parametrize(
    ("values", "fall"),
    [
        ([100, 120, 90, 120, 130], Drawdown(0.25, at(1), at(2), at(3))),
        ([100, 120, 90, 110], Drawdown(0.25, at(1), at(2), None)),
        ([100, 120, 120, 90, 121], Drawdown(0.25, at(2), at(3), at(4))),
        ([100, 80, 100, 80, 100], Drawdown(0.2, at(0), at(1), at(2))),
        ([100, 90, 100, 150, 75, 120, 60], Drawdown(0.6, at(3), at(6), None)),
        ([100, 100, 101], None),
    ],
)
def test_drawdowns(values: list[int], fall: Drawdown | None) -> None:
    found = max_drawdown(wealth(series(*values)))
    assert found == (None if fall is None else fall._replace(depth=pytest.approx(fall.depth)))


@given(st.lists(st.integers(50, 150), min_size=3, max_size=40))
def test_drawdown_and_deviation_against_a_second_model(values: list[int]) -> None:
    held = wealth(series(*values))
    depth = max(1 - later / earlier for at, earlier in enumerate(values) for later in values[at:])
    fall = max_drawdown(held)
    assert (fall.depth if fall else 0) == pytest.approx(depth)
    if fall:
        day = dict(zip(held.days, values, strict=True))
        assert 1 - day[fall.trough_on] / day[fall.peak_on] == pytest.approx(depth)
        between = [value for when, value in day.items() if fall.peak_on < when < (fall.recovered_on or held.days[-1])]
        assert all(value < day[fall.peak_on] for value in between)
        if fall.recovered_on:
            assert day[fall.recovered_on] >= day[fall.peak_on]
    returns = [later / earlier - 1 for earlier, later in pairwise(values)]
    spread = stdev(returns)
    assert volatility(held, periods_a_year=252) == pytest.approx(spread * sqrt(252), abs=1e-12)
    if spread > 1e-9:
        free = 1.03 ** (1 / 252) - 1
        expected = (mean(returns) - free) / spread * sqrt(252)
        assert sharpe_ratio(held, risk_free_rate="0.03", periods_a_year=252) == pytest.approx(expected, abs=1e-9)


def test_return_for_risk_by_hand() -> None:
    # Returns 10 %, −10 %, 20 %, monthly; no risk-free rate: mean 1/15, squared deviations sum to 7/150.
    held = wealth(series("100", "110", "99", "118.8", step=200))
    assert volatility(held, periods_a_year=12) == pytest.approx(sqrt(7 / 300 * 12))
    assert sharpe_ratio(held, risk_free_rate=0, periods_a_year=12) == pytest.approx(1 / 15 / sqrt(7 / 300) * sqrt(12))
    # The only shortfall is −10 %: √(0.01/3).
    assert sortino_ratio(held, risk_free_rate=0, periods_a_year=12) == pytest.approx(1 / 15 / sqrt(1 / 300) * sqrt(12))
    assert calmar_ratio(held) == pytest.approx((1.188 ** (365 / 600) - 1) / 0.1)
    # A risk-free rate of 12.6825 % a year is 1 % a month: shortfalls below it are −11 % alone.
    excess = 1 / 15 - 0.01
    told = sortino_ratio(held, risk_free_rate="0.12682503013197", periods_a_year=12)
    assert told == pytest.approx(excess / sqrt(0.11**2 / 3) * sqrt(12))


def test_a_series_without_risk_has_no_ratio() -> None:
    level = wealth(series(100, 100, 100, step=400))
    assert volatility(level, periods_a_year=12) == 0
    for ratio in (sharpe_ratio, sortino_ratio):
        with pytest.raises(OutOfRange):
            ratio(level, risk_free_rate=0, periods_a_year=12)
    with pytest.raises(OutOfRange):
        calmar_ratio(level)


def test_what_is_no_series_is_refused() -> None:
    good = series(100, 110, 120)
    for values in (good[:1], [], [(START, 0), *good[1:]], [(START, -1), *good[1:]], [(START, 10**13), *good[1:]]):
        with pytest.raises(OutOfRange) as refused:
            wealth(values)
        assert refused.value.field == "net_values"
    for values in (good[::-1], [good[0], *good]):
        with pytest.raises(DatesOutOfOrder):
            wealth(values)
    for inexact in (1.5, True, "NaN", Decimal("Infinity")):
        with pytest.raises(InexactNumber):
            wealth([(START, inexact), *good[1:]])  # type: ignore[list-item]
    with pytest.raises(InexactNumber):
        wealth([(datetime(2024, 1, 31, tzinfo=UTC), 1), *good[1:]])
    with pytest.raises(OutOfRange):
        wealth([good[0]] * 100_001)
    with pytest.raises(OutOfRange):
        wealth([(START, Decimal("1e-13")), *good[1:]])


@pytest.mark.parametrize(
    "distribution",
    [(START, 1), (START - timedelta(days=1), 1), (START + timedelta(days=9), 1), (at(1), 0), (at(1), -1)],
)
def test_what_is_no_distribution_is_refused(distribution: tuple[date, int]) -> None:
    with pytest.raises(OutOfRange) as refused:
        wealth(series(100, 110, 120), [distribution])
    assert refused.value.field == "distributions"


def test_distributions_beyond_a_number_are_refused() -> None:
    tiny = series(*["1e-12"] * 30)
    with pytest.raises(OutOfRange):
        wealth(tiny, [(day, 10**12) for day, _ in tiny[1:]])


def test_other_refusals() -> None:
    held = wealth(series(100, 110, 105))
    for periods in (0, 367):
        with pytest.raises(OutOfRange):
            volatility(held, periods_a_year=periods)
    for rate in (-1, "-1.5", 1_001):
        with pytest.raises(OutOfRange) as refused:
            sharpe_ratio(held, risk_free_rate=rate, periods_a_year=12)
        assert refused.value.field == "risk_free_rate"
    with pytest.raises(InexactNumber):
        sharpe_ratio(held, risk_free_rate=0.02, periods_a_year=12)  # type: ignore[arg-type]
    for months in (0, 1_201):
        with pytest.raises(OutOfRange):
            trailing_return(held, months)
    for risk in (volatility, lambda held, periods_a_year: sharpe_ratio(held, risk_free_rate=0, periods_a_year=12)):
        with pytest.raises(OutOfRange):
            risk(wealth(series(100, 110)), periods_a_year=12)

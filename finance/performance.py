"""Performance of a series of net values: returns, volatility, drawdown, and return for risk.

Distributions are reinvested at the net value of their ex-date, so that a day's return is (net value + distribution) / net
value before − 1 and returns of consecutive periods multiply (total return, time-weighted: Global Investment Performance Standards
2020, Morningstar's Total Return methodology). Everything here is a float: it informs, it never posts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import expm1, log, log1p, sqrt
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

from finance.calendars import add_months
from finance.errors import DatesOutOfOrder, OutOfRange
from finance.exact import Exact, fraction, integer, of_kind, pairs, shown

LARGEST_NET_VALUES = 100_000
LARGEST_NET_VALUE = 10**12
MOST_PERIODS_A_YEAR = 366
_DAYS_A_YEAR = 365

Dated = Sequence[tuple[date, Decimal | str | int]]


@dataclass(frozen=True, slots=True)
class Wealth:
    """What one unit of money became, with distributions reinvested: `values` by day, 1.0 on the first."""

    days: tuple[date, ...]
    values: NDArray[numpy.float64]


class Drawdown(NamedTuple):
    """A fall from a peak: `depth` 0.25 is −25 %. `recovered_on` is the first day back at the peak, None if there is none."""

    depth: float
    peak_on: date
    trough_on: date
    recovered_on: date | None


def wealth(net_values: Dated, distributions: Dated = ()) -> Wealth:
    """From net values by ascending day, and distributions per unit by ex-date, each of which has a net value.

    A distribution belongs to units held before its ex-date, so none can fall on the first day. Raises `OutOfRange`,
    `InexactNumber`, `DatesOutOfOrder`.
    """
    dated = pairs(net_values, "net_values", most=LARGEST_NET_VALUES)
    if len(dated) < 2:
        raise OutOfRange("a return needs two net values", field="net_values")
    days = tuple(day for day, _ in dated)
    for before, day in pairwise(days):
        if day <= before:
            raise DatesOutOfOrder(f"the net value of {day} does not come after that of {before}", field="net_values")
    prices = numpy.array([_positive(value, "net_values") for _, value in dated], dtype=numpy.float64)
    with numpy.errstate(over="ignore"):
        values = numpy.cumprod(1 + _paid(days, distributions) / prices) * (prices / prices[0])
    if not numpy.isfinite(values).all():
        raise OutOfRange("the distributions make more than a number can hold", field="distributions")
    return Wealth(days, values)


def total_return(held: Wealth) -> float:
    """From the first day to the last."""
    return float(of_kind(held, Wealth, "held").values[-1]) - 1


def annualised_return(held: Wealth) -> float:
    """The yearly rate that compounds to the total return: (1 + return)^(365 / days) − 1.

    Less than a year is refused: the Global Investment Performance Standards 2020 forbid to annualise it.
    """
    of_kind(held, Wealth, "held")
    days = (held.days[-1] - held.days[0]).days
    if days < _DAYS_A_YEAR:
        raise OutOfRange(f"{days} days are less than a year and not annualised", field="held")
    return expm1(log(held.values[-1]) * _DAYS_A_YEAR / days)


def trailing_return(held: Wealth, months: int) -> float:
    """The return of the last so many months: from the last net value on or before the same day of the month then.

    The day of the month that is too short is its last. This is how fund portals of China count 近一月 to 近一年. Raises
    `OutOfRange` for a series that begins later.
    """
    of_kind(held, Wealth, "held")
    integer(months, "months", least=1, most=1_200)
    since = add_months(held.days[-1], -months)
    at = (
        int(numpy.searchsorted(numpy.array(held.days, dtype="datetime64[D]"), numpy.datetime64(since), side="right"))
        - 1
    )
    if at < 0:
        raise OutOfRange(f"the series begins on {held.days[0]}, after {since}", field="months")
    return float(held.values[-1] / held.values[at]) - 1


def period_returns(held: Wealth) -> NDArray[numpy.float64]:
    """The return of each period between net values."""
    values = of_kind(held, Wealth, "held").values
    return values[1:] / values[:-1] - 1


def max_drawdown(held: Wealth) -> Drawdown | None:
    """The deepest fall from a peak, the first of equally deep ones; None for a series that never falls."""
    of_kind(held, Wealth, "held")
    peaks = numpy.maximum.accumulate(held.values)
    falls = 1 - held.values / peaks
    trough = int(numpy.argmax(falls))
    if falls[trough] == 0:
        return None
    # Of a peak that was reached several times, the fall begins at the last.
    peak = int(numpy.flatnonzero(held.values[:trough] == peaks[trough])[-1])
    later = numpy.flatnonzero(held.values[trough:] >= peaks[trough])
    recovered_on = held.days[trough + int(later[0])] if later.size else None
    return Drawdown(float(falls[trough]), held.days[peak], held.days[trough], recovered_on)


def volatility(held: Wealth, *, periods_a_year: int) -> float:
    """Annualised: the sample standard deviation (n − 1) of period returns × √(periods a year), 252 for trading days."""
    return _deviation(held) * sqrt(_periods(periods_a_year))


def sharpe_ratio(held: Wealth, *, risk_free_rate: Exact, periods_a_year: int) -> float:
    """Mean excess return of a period / its sample standard deviation × √(periods a year).

    `risk_free_rate` is effective per year. (W. F. Sharpe, "The Sharpe Ratio", The Journal of Portfolio Management 21, 1994.)
    Returns that never vary raise `OutOfRange`.
    """
    excess = _excess(held, risk_free_rate, periods_a_year)
    return float(excess.mean()) / _nonzero(_deviation(held)) * sqrt(periods_a_year)


def sortino_ratio(held: Wealth, *, risk_free_rate: Exact, periods_a_year: int) -> float:
    """Mean excess return of a period / root of the mean squared shortfall below the risk-free rate × √(periods a year).

    (F. A. Sortino and L. N. Price, The Journal of Investing 3, 1994.) A series never short of it raises `OutOfRange`.
    """
    excess = _excess(held, risk_free_rate, periods_a_year)
    shortfall = sqrt(float(numpy.square(numpy.minimum(excess, 0)).mean()))
    return float(excess.mean()) / _nonzero(shortfall) * sqrt(periods_a_year)


def calmar_ratio(held: Wealth) -> float:
    """Annualised return / depth of the deepest drawdown, over the whole series. (T. W. Young, Futures, October 1991.)"""
    fall = max_drawdown(held)
    return annualised_return(held) / _nonzero(fall.depth if fall else 0.0)


def _paid(days: tuple[date, ...], distributions: Dated) -> NDArray[numpy.float64]:
    """Distributions per unit on each day."""
    at = {day: index for index, day in enumerate(days)}
    paid = numpy.zeros(len(days))
    for day, amount in pairs(distributions, "distributions", most=LARGEST_NET_VALUES):
        index = at.get(day, 0)
        if index == 0:
            raise OutOfRange(f"a distribution on {day} has no net value, or none before it", field="distributions")
        paid[index] += _positive(amount, "distributions")
    return paid


def _excess(held: Wealth, risk_free_rate: Exact, periods_a_year: int) -> NDArray[numpy.float64]:
    rate = fraction(risk_free_rate, "risk_free_rate")
    if not -1 < rate <= 1_000:
        raise OutOfRange(
            f"risk_free_rate must be above -1 and at most 1000, not {shown(risk_free_rate)}", field="risk_free_rate"
        )
    return period_returns(held) - expm1(log1p(float(rate)) / _periods(periods_a_year))


def _deviation(held: Wealth) -> float:
    returns = period_returns(held)
    if len(returns) < 2:
        raise OutOfRange("a deviation needs three net values", field="held")
    return float(numpy.std(returns, ddof=1))


def _nonzero(risk: float) -> float:
    """Below this the differences are those of rounding, and a ratio to them would say nothing."""
    if risk < 1e-12:
        raise OutOfRange("a series without risk has no return for risk", field="held")
    return risk


def _periods(periods_a_year: int) -> int:
    return integer(periods_a_year, "periods_a_year", least=1, most=MOST_PERIODS_A_YEAR)


def _positive(value: Decimal | str | int, field: str) -> float:
    exact = fraction(value, field)
    if not 0 < exact <= LARGEST_NET_VALUE or exact * LARGEST_NET_VALUE < 1:
        raise OutOfRange(f"{field} must be above 0 and at most {LARGEST_NET_VALUE}", field=field)
    return float(exact)

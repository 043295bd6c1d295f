"""Rates that flows of money imply. Rates are floats (0.0969 is 9.69 %): they inform and are compared, they never post.

A rate is returned only if it is the only one: flows that no rate satisfies raise `NoRoot`, flows that several do raise
`SeveralRoots` with all of them. The search is over every rate above −100 %.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp, expm1, inf, isfinite, log

import numpy
import pyxirr

from finance.apr import apr
from finance.errors import NoRoot, OutOfRange
from finance.exact import Exact, decimal, fraction, listed, of_kind, pairs, shown
from finance.money_funds import seven_day_yield
from finance.rate_roots import LARGEST_RATE, falling_root, only_rate
from finance.schedules import Schedule

__all__ = [
    "apr",
    "effective_rate",
    "irr",
    "mirr",
    "nominal_rate",
    "npv",
    "seven_day_yield",
    "xirr",
    "xnpv",
]

LARGEST_FLOWS = 100_000
_DAYS_A_YEAR = 365
_LARGEST_LOG = 700.0
"""ln of what a float holds."""


def xirr(flows: Sequence[tuple[date, Decimal | int]]) -> float:
    """The effective yearly rate at which dated flows are worth 0: Σ a / (1 + r)^(days / 365) = 0.

    The convention of Excel's XIRR. Flows in any order; those of one day are added. Outgoing money is negative. Raises
    `NoRoot`, `SeveralRoots`, `InexactNumber`.
    """
    by_day: dict[date, int | Fraction] = {}
    for day, amount in pairs(flows, "flows", most=LARGEST_FLOWS):
        by_day[day] = by_day.get(day, 0) + (amount if type(amount) is int else Fraction(decimal(amount, "flows")))
    days = [day for day in sorted(by_day) if by_day[day]]
    amounts = _both_ways(_scaled([by_day[day] for day in days]), "flows")
    times = [(day - days[0]).days / _DAYS_A_YEAR for day in days]
    return only_rate(times, amounts, pyxirr.xirr(days, amounts))


def irr(amounts: Sequence[Decimal | int]) -> float:
    """The rate per period at which amounts one period apart are worth 0, the first one being now."""
    exact = _read(amounts)
    kept = [at for at, amount in enumerate(exact) if amount]
    values = _both_ways(_scaled([exact[at] for at in kept]), "amounts")
    return only_rate([float(at - kept[0]) for at in kept], values, pyxirr.irr(_scaled(exact)))


def mirr(amounts: Sequence[Decimal | int], *, finance_rate: Exact, reinvest_rate: Exact) -> float:
    """Modified IRR per period: money out is financed at one rate per period, money in reinvested at another.

    (end worth of what comes in / present worth of what goes out)^(1 / (n − 1)) − 1, Excel's MIRR. Unlike an IRR there is
    exactly one.
    """
    growth = log(_growth(reinvest_rate, "reinvest_rate"))
    exact = _read(amounts)
    spent = _worth(log(_growth(finance_rate, "finance_rate")), enumerate(min(amount, Fraction(0)) for amount in exact))
    earned = _worth(growth, enumerate(max(amount, Fraction(0)) for amount in exact))
    if not spent or not earned or len(exact) < 2:
        raise NoRoot("a rate needs flows in both directions", field="amounts")
    log_rate = growth + (log(earned) - log(-spent)) / (len(exact) - 1)
    if log_rate > _LARGEST_LOG:
        raise OutOfRange("the rate is beyond what a number can hold", field="amounts")
    return expm1(log_rate)


def npv(rate: Exact, amounts: Sequence[Decimal | int]) -> float:
    """Worth of amounts one period apart at a rate per period, the first one being now."""
    growth = _growth(rate)
    return _worth(log(growth), enumerate(_read(amounts)))


def xnpv(rate: Exact, flows: Sequence[tuple[date, Decimal | int]]) -> float:
    """Worth of dated flows on the day of the first in the list, at an effective yearly rate."""
    growth, dated = _growth(rate), pairs(flows, "flows", most=LARGEST_FLOWS)
    times = ((day - dated[0][0]).days / _DAYS_A_YEAR for day, _ in dated)
    return _worth(log(growth), zip(times, _read([amount for _, amount in dated], "flows"), strict=True))


def effective_rate(schedule: Schedule) -> float:
    """XIRR of a schedule with every fee: what the borrower pays a year, compounded."""
    return xirr(of_kind(schedule, Schedule, "schedule").flows())


def nominal_rate(schedule: Schedule) -> float:
    """The all-in yearly rate of a schedule with every fee, on the schedule's own periods and day count.

    The rate j at which what the borrower received equals Σ payment_k / Π_{i≤k} (1 + j·years_i); for months on 30/360
    twelve times the monthly IRR. Without fees it is the agreed rate, up to the rounding of the rows, for every
    method but flat. What a ceiling of law is held against is `finance.all_in_cost`, which also has drawings and further
    costs, and reckons on "ACT/360" in years of the calendar.
    """
    of_kind(schedule, Schedule, "schedule")
    received = schedule.principal_minor - schedule.upfront_fee_minor
    if schedule.changes.drawings:
        raise NoRoot("a schedule with drawings has a rate for each; use effective_rate", field="schedule")
    payments = [row.payment_minor for row in schedule.rows]
    return _rate_of_payments(received, payments, [float(years) for years in schedule.years])


def _rate_of_payments(received_minor: int, payments_minor: Sequence[int], years: Sequence[float]) -> float:
    """The yearly rate j at which `received` = Σ payment_k / Π_{i≤k} (1 + j·years_i), to the last bit of a float.

    `years` are the lengths of the stretches between payments; no payment is negative, so the rate is the only one.
    """
    payments, stretches = numpy.array(payments_minor, dtype=numpy.float64), numpy.array(years, dtype=numpy.float64)
    if received_minor <= 0 or not payments.any() or (payments < 0).any() or not stretches.any():
        raise NoRoot("an advance and later payments are needed for a rate", field="schedule")

    def excess(rate: float) -> float:
        return float((payments / numpy.cumprod(1 + rate * stretches)).sum()) - received_minor

    return falling_root(excess, -1 / float(stretches.max()) * (1 - 1e-12))


def _both_ways(amounts: list[float], field: str) -> list[float]:
    """Money in one direction has no rate, and nothing to search for."""
    if 0.0 in amounts:
        raise OutOfRange("an amount is too small beside another to count at all", field=field)
    if not amounts or min(amounts) > 0 or max(amounts) < 0:
        raise NoRoot("a rate needs flows in both directions, on different days", field=field)
    return amounts


def _scaled(amounts: Sequence[int] | Sequence[Fraction] | Sequence[int | Fraction]) -> list[float]:
    """As floats, the largest being ±1, so that neither very large nor very small sums lose themselves."""
    largest = max((amount if amount > 0 else -amount for amount in amounts), default=1) or 1
    return [float(amount / largest) for amount in amounts]


def _growth(rate: Exact, field: str = "rate") -> float:
    exact = fraction(rate, field)
    if not -1 < exact <= LARGEST_RATE or not (growth := float(1 + exact)):
        raise OutOfRange(f"{field} must be above -1 and at most {LARGEST_RATE:.0f}, not {shown(rate)}", field=field)
    return growth


def _worth(log_growth: float, flows: Iterable[tuple[float, Fraction]]) -> float:
    """Σ amount × exp(−time × ln(1 + rate))."""
    try:
        worth = sum((float(amount) * exp(-time * log_growth) for time, amount in flows), 0.0)
    except OverflowError:
        worth = inf
    if not isfinite(worth):
        raise OutOfRange("the worth is beyond what a number can hold", field="rate")
    return worth


def _read(amounts: Sequence[Decimal | int], field: str = "amounts") -> list[Fraction]:
    """Decimals only: their sums keep to short denominators, those of fractions grow with each."""
    return [Fraction(decimal(amount, field)) for amount in listed(amounts, field, most=LARGEST_FLOWS)]

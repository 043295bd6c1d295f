"""Rates that flows of money imply. Rates are floats (0.0969 is 9.69 %): they inform and are compared, they never post.

A rate is returned only if it is the only one: flows that no rate satisfies raise `NoRoot`, flows that several do raise
`SeveralRoots` with all of them. The search is over every rate above −100 %.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import expm1, isfinite, log1p

import numpy
import pyxirr

from finance.errors import NoRoot, OutOfRange, SeveralRoots
from finance.exact import Exact, fraction, plain_day
from finance.rate_roots import MOST_SIGN_CHANGES, Times, log_rate_roots, sign_changes, worth
from finance.schedules import Schedule

LARGEST_FLOWS = 100_000
_DAYS_A_YEAR = 365
_LARGEST_RATE = 1e12
_LEAST_LOG_RATE, _LARGEST_LOG_RATE = -25.0, 230.0
"""ln(1 + rate) that a float rate still tells: below, 1 + rate is lost against 1; above, 10^100, no figure any more."""


def xirr(flows: Sequence[tuple[date, Decimal | int]]) -> float:
    """The effective yearly rate at which dated flows are worth 0: Σ a / (1 + r)^(days / 365) = 0.

    The convention of Excel's XIRR. Flows in any order; those of one day are added. Outgoing money is negative. Raises
    `NoRoot`, `SeveralRoots`, `InexactNumber`.
    """
    _limited(len(flows), "flows")
    by_day: dict[date, Fraction] = {}
    for day, amount in flows:
        plain_day(day, "flows")
        by_day[day] = by_day.get(day, Fraction(0)) + fraction(amount, "flows")
    days = [day for day in sorted(by_day) if by_day[day]]
    amounts = _scaled([by_day[day] for day in days])
    _some_root(amounts)
    times = _years(days)
    if sign_changes(amounts) == 1:
        rate = pyxirr.xirr(days, amounts)
        if rate is not None and _is_root(rate, times, amounts):
            return float(rate)
    return _only_rate(times, amounts)


def irr(amounts: Sequence[Decimal | int]) -> float:
    """The rate per period at which amounts one period apart are worth 0, the first one being now."""
    _limited(len(amounts), "amounts")
    exact = [fraction(amount, "amounts") for amount in amounts]
    kept = [at for at, amount in enumerate(exact) if amount]
    values = _scaled([exact[at] for at in kept])
    _some_root(values)
    return _only_rate(numpy.array(kept, dtype=numpy.float64), values)


def npv(rate: Exact, amounts: Sequence[Decimal | int]) -> float:
    """Worth of amounts one period apart at a rate per period, the first one being now."""
    growth = _growth(rate)
    _limited(len(amounts), "amounts")
    return _finite(sum(float(fraction(amount, "amounts")) / growth**at for at, amount in enumerate(amounts)))


def xnpv(rate: Exact, flows: Sequence[tuple[date, Decimal | int]]) -> float:
    """Worth of dated flows on the day of the first in the list, at an effective yearly rate."""
    growth = _growth(rate)
    _limited(len(flows), "flows")
    if not flows:
        return 0.0
    origin = flows[0][0]
    return _finite(
        sum(float(fraction(amount, "flows")) / growth ** ((day - origin).days / _DAYS_A_YEAR) for day, amount in flows)
    )


def effective_rate(schedule: Schedule) -> float:
    """XIRR of a schedule with every fee: what the borrower pays a year, compounded."""
    return xirr(schedule.flows())


def nominal_rate(schedule: Schedule) -> float:
    """The all-in yearly rate of a schedule with every fee, on the schedule's own periods and day count.

    The rate j at which what the borrower received equals Σ payment_k / Π_{i≤k} (1 + j·years_i); for months on 30/360
    twelve times the monthly IRR. Without fees it is the agreed rate, up to the rounding of the rows, for every
    method but flat. This is the figure that rate ceilings are compared with.
    """
    received = schedule.principal_minor - schedule.upfront_fee_minor
    if schedule.changes.drawings:
        raise NoRoot("a schedule with drawings has a rate for each; use effective_rate", field="schedule")
    payments = [row.payment_minor for row in schedule.rows]
    return rate_of_payments(received, payments, [float(years) for years in schedule.years])


def rate_of_payments(received_minor: int, payments_minor: Sequence[int], years: Sequence[float]) -> float:
    """The yearly rate j at which `received` = Σ payment_k / Π_{i≤k} (1 + j·years_i), to the last bit of a float.

    `years` are the lengths of the stretches between payments; no payment is negative, so the rate is the only one.
    """
    payments, stretches = numpy.array(payments_minor, dtype=numpy.float64), numpy.array(years, dtype=numpy.float64)
    if received_minor <= 0 or not payments.any() or (payments < 0).any() or not stretches.any():
        raise NoRoot("an advance and later payments are needed for a rate", field="schedule")

    def excess(rate: float) -> float:
        return float((payments / numpy.cumprod(1 + rate * stretches)).sum()) - received_minor

    low, high = -1 / float(stretches.max()) * (1 - 1e-12), 1.0
    while excess(high) > 0:
        high *= 2
        if high > _LARGEST_RATE:
            raise NoRoot("no rate is high enough for these payments", field="schedule")
    while low < (middle := (low + high) / 2) < high:
        if excess(middle) > 0:
            low = middle
        else:
            high = middle
    return middle


def _only_rate(times: Times, amounts: Times) -> float:
    if sign_changes(amounts) > MOST_SIGN_CHANGES:
        raise OutOfRange(f"the flows change sign more than {MOST_SIGN_CHANGES} times", field="flows")
    roots = log_rate_roots(times, amounts)
    if not roots:
        raise NoRoot("no rate makes these flows worth 0", field="flows")
    if len(roots) > 1:
        rates = tuple(expm1(min(root, _LARGEST_LOG_RATE)) for root in roots)
        raise SeveralRoots(f"{len(roots)} rates make these flows worth 0: {rates}", field="flows", rates=rates)
    if not _LEAST_LOG_RATE <= roots[0] <= _LARGEST_LOG_RATE:
        raise NoRoot("the only rate is beyond what a number can hold", field="flows")
    return expm1(roots[0])


def _some_root(amounts: Times) -> None:
    """Without a change of sign there is no root, and nothing to search."""
    if len(amounts) < 2 or sign_changes(amounts) == 0:
        raise NoRoot("a rate needs flows in both directions, on different days", field="flows")


def _is_root(rate: float, times: Times, amounts: Times) -> bool:
    if not isfinite(rate) or rate <= expm1(_LEAST_LOG_RATE):
        return False
    log_rate = log1p(rate)
    if log_rate > _LARGEST_LOG_RATE:
        return False
    value, size = worth(times, amounts, log_rate)
    return abs(value) <= 1e-9 * size


def _scaled(amounts: list[Fraction]) -> Times:
    """As floats, the largest being ±1, so that neither very large nor very small sums lose themselves."""
    largest = max(map(abs, amounts), default=Fraction(1))
    return numpy.array([float(amount / largest) for amount in amounts], dtype=numpy.float64)


def _years(days: list[date]) -> Times:
    return numpy.array([(day - days[0]).days / _DAYS_A_YEAR for day in days], dtype=numpy.float64)


def _growth(rate: Exact) -> float:
    exact = fraction(rate, "rate")
    if exact <= -1:
        raise OutOfRange(f"rate must be above -1, not {rate}", field="rate")
    return float(1 + exact)


def _limited(count: int, field: str) -> None:
    if count > LARGEST_FLOWS:
        raise OutOfRange(f"at most {LARGEST_FLOWS} flows, not {count}", field=field)


def _finite(value: float) -> float:
    if not isfinite(value):
        raise OutOfRange("the worth is beyond what a number can hold", field="rate")
    return value

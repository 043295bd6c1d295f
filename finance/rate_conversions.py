"""One rate said in another way: nominal and effective, per period and per year, and the yield that interest makes.

Rates are fractions of 1 (0.12 is 12 %), given exactly or as the float another function here returned; what comes out is a
float. Every rate must leave something of the money: −100 % and below raise `OutOfRange`, as does what no float holds.

    effective = (1 + nominal / m)^m − 1        m compounding periods a year
    effective = e^nominal − 1                  compounded continuously
    effective = (1 + rate per period)^m − 1

(S. G. Kellison, The Theory of Interest, chapter 1; the first is Excel's EFFECT and NOMINAL.)
"""

from math import expm1, isfinite, log1p

from finance.errors import InexactNumber, OutOfRange
from finance.exact import Exact, fraction, integer, minor_amount

MOST_PERIODS_A_YEAR = 1_000_000
LARGEST_YIELD_DAYS = 100_000
_LARGEST_LOG = 700.0


def effective_from_nominal(nominal: Exact | float, periods_a_year: Exact) -> float:
    """The effective yearly rate of a nominal one that is compounded so many times a year."""
    periods = _periods(periods_a_year)
    per_period = _number(nominal, "nominal") / periods
    return _compounded(_above_minus_one(per_period, "nominal"), periods, "nominal")


def nominal_from_effective(effective: Exact | float, periods_a_year: Exact) -> float:
    """The nominal yearly rate that, compounded so many times a year, makes an effective one."""
    periods = _periods(periods_a_year)
    return _finite(periods * _compounded(_rate(effective, "effective"), 1 / periods, "effective"), "effective")


def effective_from_continuous(continuous: Exact | float) -> float:
    """The effective yearly rate of one that is compounded continuously (a force of interest)."""
    force = _number(continuous, "continuous")
    if force > _LARGEST_LOG:
        raise OutOfRange("the effective rate is beyond what a number can hold", field="continuous")
    return _above_minus_one(expm1(force), "continuous")


def continuous_from_effective(effective: Exact | float) -> float:
    return log1p(_rate(effective, "effective"))


def effective_from_period(period_rate: Exact | float, periods_a_year: Exact) -> float:
    """The effective yearly rate of a rate per period: 0.01 a month is 0.126825 a year."""
    return _compounded(_rate(period_rate, "period_rate"), _periods(periods_a_year), "period_rate")


def period_from_effective(effective: Exact | float, periods_a_year: Exact) -> float:
    """The rate per period that compounds to an effective yearly one."""
    return _compounded(_rate(effective, "effective"), 1 / _periods(periods_a_year), "effective")


def annual_percentage_yield(principal_minor: int, interest_minor: int, days: int) -> float:
    """APY: (1 + interest / principal)^(365 / days) − 1, `days` being those of the term.

    Source: Regulation DD (12 CFR 1030), Appendix A, part I; with the average daily balance of a statement period as the
    principal it is the yield earned of part II. A loss of the whole principal raises `OutOfRange`.
    """
    minor_amount(principal_minor, "principal_minor", least=1)
    minor_amount(interest_minor, "interest_minor")
    integer(days, "days", least=1, most=LARGEST_YIELD_DAYS)
    earned = _above_minus_one(interest_minor / principal_minor, "interest_minor")
    return _compounded(earned, 365 / days, "interest_minor")


def _compounded(rate: float, times: float, field: str) -> float:
    growth = times * log1p(rate)
    if growth > _LARGEST_LOG:
        raise OutOfRange("the rate is beyond what a number can hold", field=field)
    return _above_minus_one(expm1(growth), field)


def _periods(value: Exact) -> float:
    periods = fraction(value, "periods_a_year")
    if not 0 < periods <= MOST_PERIODS_A_YEAR:
        raise OutOfRange(f"periods_a_year must be above 0 and at most {MOST_PERIODS_A_YEAR}", field="periods_a_year")
    return float(periods)


def _rate(value: Exact | float, field: str) -> float:
    return _above_minus_one(_number(value, field), field)


def _number(value: Exact | float, field: str) -> float:
    if isinstance(value, float):
        if not isfinite(value):
            raise InexactNumber(f"{field} must be finite, not {value}", field=field)
        return value
    exact = fraction(value, field)
    if abs(exact) > 10**100:
        raise OutOfRange(f"{field} is beyond what a rate can be", field=field)
    return float(exact)


def _above_minus_one(rate: float, field: str) -> float:
    """A rate of exactly −1 is refused too: it is a rate so near to −100 % that a float does not tell the difference."""
    if rate <= -1:
        raise OutOfRange(f"{field} must leave a rate above -1", field=field)
    return rate


def _finite(rate: float, field: str) -> float:
    if not isfinite(rate):
        raise OutOfRange("the rate is beyond what a number can hold", field=field)
    return rate

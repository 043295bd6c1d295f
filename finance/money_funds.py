"""Money market funds: income per 10,000 units, the 7-day annualised yield, and a holder's income of a day.

A money fund keeps its unit at 1.00 and announces every calendar day R, the income of 10,000 units (每万份基金已实现收益). The
yield of a day annualises the incomes of the last seven calendar days, that day included (七日年化收益率):

    compounding    ((1 + R1/10000)·…·(1 + R7/10000))^(365/7) − 1     income becomes units every day
    simple         (R1 + … + R7)/7 × 365/10000                       income becomes units once a month

Source: China Securities Regulatory Commission, 证券投资基金信息披露编报规则第5号《货币市场基金信息披露特别规定》. Prospectuses round R half
up to four decimals and the yield, in percent, half up to three; a year is 365 days, also one of 366.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import NamedTuple

from finance.currencies import scale_of
from finance.errors import DatesOutOfOrder, InexactNumber, OutOfRange
from finance.exact import Exact, Rounding, decimal, fraction, listed, minor_amount, of_kind, pairs, rounded

YIELD_DAYS = 7
DAYS_A_YEAR = 365
YIELD_PLACES = 3
INCOME_PLACES = 4
UNITS = 10_000
LARGEST_INCOME = 1_000
"""Per 10,000 units and day: a tenth of the money in a day is a typing error."""
LARGEST_DAYS = 20_000

_CONTEXT = Context(prec=40, rounding=ROUND_HALF_UP)
"""Twenty digits more than the largest yield shows, so that rounding to three decimals is that of the exact power."""


class HolderIncome(NamedTuple):
    """`income_minor` is paid or becomes units; `carried_minor`, exact and less than one, waits for the next day."""

    income_minor: int
    carried_minor: Fraction


def seven_day_yield(incomes_per_10k: Sequence[Decimal | str | int], *, compounding: bool = True) -> Decimal:
    """The 7-day annualised yield in percent, to three decimals half up: Decimal("5.425").

    `incomes_per_10k` are the incomes of exactly seven consecutive calendar days, weekends included; fewer are refused, for
    a day without a figure is no day without income.
    """
    incomes = listed(incomes_per_10k, "incomes_per_10k", most=YIELD_DAYS)
    if len(incomes) != YIELD_DAYS:
        raise OutOfRange(f"seven incomes are needed, not {len(incomes)}", field="incomes_per_10k")
    return _percent([_income(income) for income in incomes], compounding)


def seven_day_yields(
    incomes: Sequence[tuple[date, Decimal | str | int]], *, compounding: bool = True
) -> list[tuple[date, Decimal]]:
    """The yield of each day from the seventh on, of pairs (day, income per 10,000 units) without a gap.

    Raises `DatesOutOfOrder` where a day does not follow the one before.
    """
    dated = pairs(incomes, "incomes", most=LARGEST_DAYS)
    days = [day for day, _ in dated]
    for before, day in pairwise(days):
        if day - before != timedelta(days=1):
            raise DatesOutOfOrder(f"{day} is not the day after {before}", field="incomes")
    read = [_income(income) for _, income in dated]
    sevens = (read[at : at + YIELD_DAYS] for at in range(len(read) - YIELD_DAYS + 1))
    return [(day, _percent(seven, compounding)) for day, seven in zip(days[YIELD_DAYS - 1 :], sevens, strict=True)]


def income_per_10k(
    income_minor: int, units: Exact, *, currency: str = "CNY", rounding: Rounding = "half_up"
) -> Decimal:
    """Income of 10,000 units in major units of the currency, to four decimals, from a day's whole income and all units."""
    minor_amount(income_minor, "income_minor")
    per_10k = Fraction(income_minor * UNITS, 10 ** scale_of(currency)) / _units(units)
    return Decimal(rounded(per_10k * 10**INCOME_PLACES, rounding)).scaleb(-INCOME_PLACES)


def holder_income(
    units: Exact,
    income_per_10k: Decimal | str | int,
    *,
    carried_minor: Fraction = Fraction(0),
    currency: str = "CNY",
    rounding: Rounding = "down",
) -> HolderIncome:
    """A holder's income of a day: units × R / 10,000, whole minor units by the named rounding and the rest carried on.

    The trade truncates ("down", 去尾), and what truncation leaves is distributed again; carrying it on for the same holder
    loses nothing over time. A fund that drops it passes no `carried_minor` the next day.
    """
    waiting = fraction(carried_minor, "carried_minor")
    if not -1 < waiting < 1:
        raise OutOfRange("carried_minor must be less than one minor unit", field="carried_minor")
    exact = _units(units) * _income(income_per_10k) / UNITS * 10 ** scale_of(currency) + waiting
    income_minor = minor_amount(rounded(exact, rounding), "income_minor")
    return HolderIncome(income_minor, exact - income_minor)


def _percent(incomes: Sequence[Fraction], compounding: bool) -> Decimal:
    of_kind(compounding, bool, "compounding")
    if not compounding:
        annual = sum(incomes, Fraction(0)) / YIELD_DAYS * DAYS_A_YEAR / UNITS
        return Decimal(rounded(annual * 100 * 10**YIELD_PLACES, "half_up")).scaleb(-YIELD_PLACES)
    growth = prod((1 + income / UNITS for income in incomes), start=Fraction(1))
    base = _CONTEXT.divide(Decimal(growth.numerator), Decimal(growth.denominator))
    power = _CONTEXT.power(base, _CONTEXT.divide(Decimal(DAYS_A_YEAR), Decimal(YIELD_DAYS)))
    percent = _CONTEXT.multiply(_CONTEXT.subtract(power, Decimal(1)), Decimal(100))
    return _CONTEXT.quantize(percent, Decimal(1).scaleb(-YIELD_PLACES))


def _income(value: Decimal | str | int) -> Fraction:
    income = Fraction(decimal(value, "incomes_per_10k"))
    if abs(income) >= LARGEST_INCOME:
        raise OutOfRange(f"an income per 10,000 units must be less than {LARGEST_INCOME}", field="incomes_per_10k")
    return income


def _units(value: Exact) -> Fraction:
    units = fraction(value, "units")
    if units <= 0:
        raise OutOfRange("units must be above 0", field="units")
    if units.denominator > 10**12:
        raise InexactNumber("units have at most twelve decimals", field="units")
    return units

"""Daily interest: exact while it accrues, rounded only when it is charged.

A day's interest is balance × daily rate. What is accrued but not yet charged is kept as an exact Decimal, so that charging
every day or once a month takes the same total to within the one rounding that is open.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Self

from finance.daycount import year_fraction
from finance.errors import DatesOutOfOrder, InexactNumber, OutOfRange
from finance.exact import (
    Rounding,
    decimal,
    divide,
    fraction,
    integer,
    known_rounding,
    minor_amount,
    pairs,
    plain_day,
    rounded,
    shown,
)
from finance.free_days import LARGEST_WINDOWS, FreeDays

LARGEST_BALANCES = 100_000
LARGEST_DAYS = 4_000_000
"""Longer than the calendar."""
LARGEST_DAYS_COMPOUNDED = 3_660
"""Ten years: the exact power of a rate grows by its digits every day."""

_EXACT = Context(prec=400, traps=[Inexact])
"""Wide enough for every amount, rate and number of days allowed here; a lost digit would raise, not pass."""


def simple_daily_interest(balance_minor: int, daily_rate: Decimal | str, days: int) -> Decimal:
    """Interest in minor units, exactly: balance × daily rate × days ("0.0005" is 0.05 % a day)."""
    minor_amount(balance_minor, "balance_minor")
    integer(days, "days", least=0, most=LARGEST_DAYS)
    product = _EXACT.multiply(Decimal(balance_minor), _rate(daily_rate, "daily_rate"))
    return _EXACT.multiply(product, Decimal(days))


def simple_daily_interest_minor(balance_minor: int, daily_rate: Decimal | str, days: int, *, rounding: Rounding) -> int:
    """The same, rounded once to the minor unit."""
    return rounded(simple_daily_interest(balance_minor, daily_rate, days), rounding)


def simple_interest_minor(
    balance_minor: int,
    annual_rate: Decimal | str,
    from_on: date,
    to_on: date,
    *,
    day_count: str = "ACT/365",
    rounding: Rounding,
) -> int:
    """Interest from one day to another at a yearly rate: balance × rate × year fraction, rounded once."""
    minor_amount(balance_minor, "balance_minor")
    years = year_fraction(from_on, to_on, day_count)
    return rounded(balance_minor * fraction(_rate(annual_rate, "annual_rate"), "annual_rate") * years, rounding)


def compound_daily_interest_minor(
    balance_minor: int, daily_rate: Decimal | str, days: int, *, rounding: Rounding
) -> int:
    """Interest that is added to the balance every day: balance × ((1 + daily rate)^days − 1), exactly, rounded once."""
    minor_amount(balance_minor, "balance_minor")
    integer(days, "days", least=0, most=LARGEST_DAYS_COMPOUNDED)
    rate = Fraction(_rate(daily_rate, "daily_rate"))
    base, grown = rate.denominator**days, (rate.numerator + rate.denominator) ** days
    return divide(balance_minor * (grown - base), base, known_rounding(rounding))


def interest_over_balances(
    balances: Iterable[tuple[date, int]],
    until_on: date,
    daily_rate: Decimal | str,
    *,
    free: Iterable[tuple[date, date]] = (),
    free_if_repaid: bool = False,
) -> Decimal:
    """Exact interest in minor units over a balance that changes: pairs of (day from which, balance in minor units).

    Each balance earns from its day up to, and without, the next one's day or `until_on`. A day is charged on the balance
    with which it closes, unless it lies in a window of `free` (first free day, first day that counts again).
    `free_if_repaid` is the way of credit cards: a window at whose last day something is still owed never was one, and its
    days count from the first. Days must not go back (`DatesOutOfOrder`).
    """
    rate = _rate(daily_rate, "daily_rate")
    steps = pairs(balances, "balances", most=LARGEST_BALANCES)
    plain_day(until_on, "until_on")
    windows = pairs(free, "free", most=LARGEST_WINDOWS)
    if free_if_repaid:
        windows = [window for window in windows if _repaid_in(window, steps, until_on)]
    kept = FreeDays.of(windows)
    ends = [*(day for day, _ in steps[1:]), until_on]
    weighted = 0
    for (start, balance), end in zip(steps, ends, strict=False):
        if end < start:
            raise DatesOutOfOrder(f"balance of {start} ends before it begins, on {end}", field="balances")
        weighted += minor_amount(balance, "balances") * kept.charged(start.toordinal(), end.toordinal())
    return _EXACT.multiply(Decimal(weighted), rate)


def _repaid_in(window: tuple[date, date], steps: list[tuple[date, int]], until_on: date) -> bool:
    """Whether nothing is owed when the last free day closes; a window not yet over is taken to be kept."""
    again_on = plain_day(window[1], "free")
    if until_on < again_on:
        return True
    # Days are in order or refused later, so the last balance to begin before the day is the one it closes with.
    at = bisect_left(steps, again_on, key=lambda step: step[0]) - 1
    return at < 0 or steps[at][1] <= 0


@dataclass(frozen=True, slots=True)
class Accrued:
    """Interest earned to the end of the day before `accrued_to`, in minor units, exact and not yet charged."""

    accrued_to: date
    amount: Decimal = Decimal(0)

    def accrue(self, balance_minor: int, daily_rate: Decimal | str, to_on: date) -> Self:
        """With the days from `accrued_to` up to `to_on` added at this balance."""
        if plain_day(to_on, "to_on") < plain_day(self.accrued_to, "accrued_to"):
            raise DatesOutOfOrder(f"{to_on} is before {self.accrued_to}, to which interest already runs", field="to_on")
        days = (to_on - self.accrued_to).days
        earned = simple_daily_interest(balance_minor, daily_rate, days)
        return type(self)(to_on, _added(self.amount, earned))

    def charge(self, rounding: Rounding) -> tuple[int, Self]:
        """The whole minor units to charge, and the remainder carried on (negative where rounding went up)."""
        charged = rounded(self.amount, rounding, field="amount")
        return charged, type(self)(self.accrued_to, _added(self.amount, Decimal(-charged)))


def _added(amount: Decimal, more: Decimal) -> Decimal:
    return _EXACT.add(decimal(amount, "amount"), more)


def _rate(value: Decimal | str, field: str) -> Decimal:
    if isinstance(value, int):
        raise InexactNumber(f"{field} must be a Decimal or a decimal string, not {shown(value)}", field=field)
    rate = decimal(value, field)
    if not 0 <= rate <= 1_000:
        raise OutOfRange(f"{field} must be between 0 and 1000, not {rate}", field=field)
    return rate

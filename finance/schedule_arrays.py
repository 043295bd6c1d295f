"""Many schedules at once, as arrays equal to `finance.schedules.build` to the minor unit.

For periods of one length (months on 30/360, or any constant fraction of a year) and half-up rounding, the defaults of
`build`. The arithmetic is float64 on whole numbers: as long as every product stays below 2^53 a division rounds to the
right side of each integer, so floor((2·balance·rate + denominator) ÷ (2·denominator)) is the exact half-up rounding. Cases
that leave those bounds, and instalments too near a tie for a float to tell, are computed in integers one by one.
"""

from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

from finance.errors import InexactNumber, OutOfRange, UnknownChoice
from finance.exact import integer
from finance.schedule_methods import Ratio, Terms, level_instalment, portions_of
from finance.schedule_periods import LARGEST_PERIODS, Period

Floats = NDArray[numpy.float64]
Integers = NDArray[numpy.int64]

MILLION = 1_000_000
_LARGEST_EXACT = 2.0**52
_BLOCK = 4_096
"""Cases worked on together: what the processor's nearest memory holds."""


class ScheduleArrays(NamedTuple):
    """Rows by period, then case: element [k, i] is row k + 1 of case i, in minor units."""

    principal_minor: Integers
    interest_minor: Integers
    balance_minor: Integers

    @property
    def payment_minor(self) -> Integers:
        return self.principal_minor + self.interest_minor


def build_many(
    principals_minor: Integers,
    rates_millionths: Integers,
    periods: int,
    *,
    method: str = "equal_instalment",
    years: Fraction = Fraction(1, 12),
) -> ScheduleArrays:
    """Schedules of many loans over the same number of periods, each `years` of a year long.

    Rates are whole millionths a year (120_000 is 12 %), from 0 to 1,000 %. Methods: equal_instalment, equal_principal,
    interest_first, flat. Raises `OutOfRange`, `InexactNumber`, `UnknownChoice`.
    """
    integer(periods, "periods", least=1, most=LARGEST_PERIODS)
    if method not in {"equal_instalment", "equal_principal", "interest_first", "flat"}:
        raise UnknownChoice(f"no arrays for method {method!r}", field="method")
    _checked(principals_minor, "principals_minor", 1, 2**62)
    _checked(rates_millionths, "rates_millionths", 0, 10 * MILLION)
    if principals_minor.shape != rates_millionths.shape:
        raise OutOfRange("as many rates as principals are needed", field="rates_millionths")
    if years <= 0:
        raise OutOfRange("years must be positive", field="years")
    cases = len(principals_minor)
    rows = ScheduleArrays(*(numpy.empty((periods, cases), dtype=numpy.int64) for _ in range(3)))
    for start in range(0, cases, _BLOCK):
        part = slice(start, min(start + _BLOCK, cases))
        block = _Block(principals_minor[part], rates_millionths[part], periods, method, years)
        block.fill(ScheduleArrays(*(array[:, part] for array in rows)))
    return rows


class _Block:
    """A block of cases: fast for all of them, then again and exactly for those that the fast way cannot vouch for."""

    def __init__(self, principals: Integers, rates: Integers, periods: int, method: str, years: Fraction) -> None:
        self.principals, self.rates = principals, rates
        self.periods, self.method, self.years = periods, method, years
        self.denominator = MILLION * years.denominator
        self.principal = principals.astype(numpy.float64)
        self.twice_rate: Floats = rates.astype(numpy.float64) * (2.0 * years.numerator)
        reach = self.principal * numpy.maximum(self.twice_rate, 2.0 * periods) + self.denominator
        self.doubtful = reach >= _LARGEST_EXACT

    def fill(self, rows: ScheduleArrays) -> None:
        if self.method == "equal_instalment":
            self._level(rows)
        else:
            self._from_balances(rows)
        for case in numpy.flatnonzero(self.doubtful):
            self._exactly(int(case), rows)

    def _interest(self, balance: Floats, twice_rate: Floats) -> Floats:
        interest: Floats = balance * twice_rate
        interest += self.denominator
        interest /= 2.0 * self.denominator
        numpy.floor(interest, out=interest)
        return interest

    def _level(self, rows: ScheduleArrays) -> None:
        instalment = self._instalments()
        everything = numpy.arange(len(instalment))
        difference = self._repay(rows, everything, instalment)
        step = numpy.rint(difference / self.periods)
        again = numpy.flatnonzero((step != 0) & ~self.doubtful)
        if len(again):
            spread = ScheduleArrays(*(numpy.empty((self.periods, len(again)), dtype=numpy.int64) for _ in range(3)))
            second = self._repay(spread, again, instalment[again] + step[again])
            better = numpy.abs(second) < numpy.abs(difference[again])
            for array, other in zip(rows, spread, strict=True):
                array[:, again[better]] = other[:, better]

    def _repay(self, rows: ScheduleArrays, cases: Integers, instalment: Floats) -> Floats:
        """Fills the rows of some cases; returns last payment − instalment. A balance below 0 makes a case doubtful."""
        whole = len(cases) == len(self.principal)
        balance = self.principal.copy() if whole else self.principal[cases]
        twice_rate = self.twice_rate if whole else self.twice_rate[cases]
        last = self.periods - 1
        for row in range(last):
            interest = self._interest(balance, twice_rate)
            principal = instalment - interest
            balance -= principal
            rows.interest_minor[row] = interest
            rows.principal_minor[row] = principal
            rows.balance_minor[row] = balance
        self.doubtful[cases[balance < 0]] = True
        interest = self._interest(balance, twice_rate)
        rows.interest_minor[last], rows.principal_minor[last], rows.balance_minor[last] = interest, balance, 0
        difference: Floats = balance + interest - instalment
        return difference

    def _instalments(self) -> Floats:
        """Level instalments; those that lie too near a half to be sure of are found in integers."""
        rate = self.twice_rate / (2.0 * self.denominator)
        with numpy.errstate(divide="ignore", invalid="ignore"):
            exact = self.principal * rate / -numpy.expm1(-self.periods * numpy.log1p(rate))
        unsure = numpy.abs(exact - numpy.floor(exact) - 0.5) < 1e-9 + exact * 1e-12
        unsure |= ~numpy.isfinite(exact)
        instalment: Floats = numpy.floor(exact + 0.5)
        for case in numpy.flatnonzero(unsure):
            factors = [self._factor(int(case))] * self.periods
            instalment[case] = level_instalment(int(self.principals[case]), factors, "half_up")
        return instalment

    def _from_balances(self, rows: ScheduleArrays) -> None:
        before = self.principal
        for row in range(self.periods):
            left = self.periods - row - 1
            if self.method == "interest_first":
                after = self.principal if left else numpy.zeros_like(before)
            else:
                after = numpy.floor((self.principal * (2.0 * left) + self.periods) / (2.0 * self.periods))
            owed = self.principal if self.method == "flat" else before
            rows.interest_minor[row] = self._interest(owed, self.twice_rate)
            rows.principal_minor[row] = before - after
            rows.balance_minor[row] = after
            before = after

    def _factor(self, case: int) -> Ratio:
        factor = Fraction(int(self.rates[case]), MILLION) * self.years
        return factor.numerator, factor.denominator

    def _exactly(self, case: int, rows: ScheduleArrays) -> None:
        terms = Terms(int(self.principals[case]), Fraction(int(self.rates[case]), MILLION), "half_up")
        portions = portions_of(self.method, terms, [_timeless(row + 1, self.years) for row in range(self.periods)])
        balance = terms.principal_minor
        for row, portion in enumerate(portions):
            balance -= portion.principal_minor
            rows.principal_minor[row, case] = portion.principal_minor
            rows.interest_minor[row, case] = portion.interest_minor
            rows.balance_minor[row, case] = balance


def _timeless(number: int, years: Fraction) -> Period:
    """A period of a length but no place in the calendar: the amounts of these methods do not depend on it."""
    return Period(number, date.min, date.min, date.min, 0, years)


def _checked(values: Integers, field: str, least: int, most: int) -> None:
    if not isinstance(values, numpy.ndarray) or values.dtype != numpy.int64 or values.ndim != 1:
        raise InexactNumber(f"{field} must be a flat array of int64", field=field)
    if len(values) and not (values.min() >= least and values.max() <= most):
        raise OutOfRange(f"{field} must be between {least} and {most}", field=field)

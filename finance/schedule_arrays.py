"""Many schedules at once, as arrays equal to `finance.schedules.build` to the minor unit.

For periods of one length (months on 30/360, or any constant fraction of a year) and half-up rounding, the defaults of
`build`. The arithmetic is float64, and its rounding is exact by an argument, not by luck. A row's interest is balance × n/d,
n/d being the period's rate in lowest terms; as n and d are whole numbers, the exact product is a tie or lies at least 1/2d
away from every tie. The factor used is n/d × (1 + 2^-50): its product, float errors included, exceeds the exact one by a
relative 2^-51 to 2^-49. So a tie rounds up, and nothing else crosses one as long as balance × n < 2^48. Cases that leave
this bound, and instalments too near a tie for a float to tell, are computed in integers one by one.
"""

from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

from finance.errors import InexactNumber, OutOfRange, UnknownChoice
from finance.exact import integer, shown
from finance.schedule_methods import Ratio, Terms, level_instalment, portions_of
from finance.schedule_periods import LARGEST_PERIODS, Period

Floats = NDArray[numpy.float64]
Integers = NDArray[numpy.int64]

MILLION = 1_000_000
_NUDGE = 1 + 2.0**-50
_LARGEST_EXACT = 2.0**48
LARGEST_ROWS = 200_000_000
"""Rows of one call: 5 GB of answers."""
LARGEST_YEARS = 10
"""Of one period."""
_BLOCK = 16_384
"""Cases worked on together: what the processor's second nearest memory holds."""


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
    interest_first, flat. At most `LARGEST_ROWS` rows in all. Raises `OutOfRange`, `InexactNumber`, `UnknownChoice`.
    """
    integer(periods, "periods", least=1, most=LARGEST_PERIODS)
    if not isinstance(method, str) or method not in _METHODS:
        raise UnknownChoice(f"no arrays for method {shown(method)}; known: {', '.join(_METHODS)}", field="method")
    _checked(principals_minor, "principals_minor", 1, 2**62)
    _checked(rates_millionths, "rates_millionths", 0, 10 * MILLION)
    if principals_minor.shape != rates_millionths.shape:
        raise OutOfRange("as many rates as principals are needed", field="rates_millionths")
    cases = len(principals_minor)
    integer(cases * periods, "principals_minor", least=0, most=LARGEST_ROWS)
    if not (isinstance(years, Fraction) and 0 < years <= LARGEST_YEARS and years.denominator <= MILLION):
        raise OutOfRange(f"years must be a Fraction above 0, at most {LARGEST_YEARS}", field="years")
    rows = ScheduleArrays(*(numpy.empty((periods, cases), dtype=numpy.int64) for _ in range(3)))
    for start in range(0, cases, _BLOCK):
        part = slice(start, min(start + _BLOCK, cases))
        block = _Block(principals_minor[part], rates_millionths[part], periods, method, years)
        block.fill(ScheduleArrays(*(array[:, part] for array in rows)))
    return rows


_METHODS = ("equal_instalment", "equal_principal", "interest_first", "flat")


class _Block:
    """A block of cases: fast for all of them, then again and exactly for those that the fast way cannot vouch for."""

    def __init__(self, principals: Integers, rates: Integers, periods: int, method: str, years: Fraction) -> None:
        self.principals, self.rates = principals, rates
        self.periods, self.method, self.years = periods, method, years
        self.principal: Floats = principals.astype(numpy.float64)
        self.rate: Floats = rates.astype(numpy.float64) * years.numerator / (MILLION * years.denominator)
        self.factor: Floats = self.rate * _NUDGE
        self.doubtful = self._beyond_bounds()

    def fill(self, rows: ScheduleArrays) -> None:
        if self.method == "equal_instalment":
            self._write_level(rows, self._instalments())
        else:
            self._write_balances(rows)
        for case in numpy.flatnonzero(self.doubtful):
            self._write_exactly(int(case), rows)

    def _beyond_bounds(self) -> NDArray[numpy.bool_]:
        """Cases whose products a float might not round rightly: those with balance × n, in lowest terms, too large."""
        numerators = self.rates * self.years.numerator
        beyond = self.principal * numpy.maximum(numerators, self.periods) >= _LARGEST_EXACT
        some = numpy.flatnonzero(beyond)
        if len(some):
            lowest = numerators[some] // numpy.gcd(numerators[some], MILLION * self.years.denominator)
            beyond[some] = self.principal[some] * numpy.maximum(lowest, self.periods) >= _LARGEST_EXACT
        return beyond

    def _instalments(self) -> Floats:
        """Level instalments, raised by the step that spreads what rounding leaves in the last one, where that helps."""
        instalment = self._first_instalments()
        everything = numpy.arange(len(instalment))
        difference = self._last_less_instalment(everything, instalment)
        step = numpy.rint(difference / self.periods)
        again = numpy.flatnonzero(step)
        raised = instalment[again] + step[again]
        better = numpy.abs(self._last_less_instalment(again, raised)) < numpy.abs(difference[again])
        instalment[again[better]] = raised[better]
        return instalment

    def _first_instalments(self) -> Floats:
        """Rounded once; those that lie too near a half to be sure of are found in integers."""
        bearing = self.rates > 0
        rate = numpy.where(bearing, self.rate, 1.0)
        exact = self.principal * rate / -numpy.expm1(-self.periods * numpy.log1p(rate))
        # The few roundings of that line stay below 1e-15, numpy's functions included; a tenfold margin costs nothing.
        unsure = numpy.abs(exact - numpy.floor(exact) - 0.5) < exact * 1e-14
        instalment: Floats = numpy.where(
            bearing, numpy.rint(exact), numpy.rint(self.principal * (_NUDGE / self.periods))
        )
        for case in numpy.flatnonzero(unsure & bearing & ~self.doubtful):
            factors = [self._exact_factor(int(case))] * self.periods
            instalment[case] = level_instalment(int(self.principals[case]), factors, "half_up")
        return instalment

    def _last_less_instalment(self, cases: Integers, instalment: Floats) -> Floats:
        """Last payment − instalment of some cases, without writing rows.

        What `build` treats row by row becomes doubtful: an instalment that repays the loan early, or is below its interest.
        As interest only falls once the first row repays principal, the first and the last row tell.
        """
        balance, factor = self.principal[cases], self.factor[cases]
        interest = numpy.rint(balance * factor)
        self.doubtful[cases] |= instalment < interest
        for _ in range(self.periods - 1):
            balance += interest
            balance -= instalment
            numpy.multiply(balance, factor, out=interest)
            numpy.rint(interest, out=interest)
        self.doubtful[cases] |= balance < 0
        last: Floats = balance + interest - instalment
        return last

    def _write_level(self, rows: ScheduleArrays, instalment: Floats) -> None:
        balance, part = self.principal.copy(), numpy.empty_like(instalment)
        last = self.periods - 1
        for row in range(last):
            numpy.multiply(balance, self.factor, out=part)
            numpy.rint(part, out=part)
            rows.interest_minor[row] = part
            numpy.subtract(instalment, part, out=part)
            rows.principal_minor[row] = part
            balance -= part
            rows.balance_minor[row] = balance
        rows.interest_minor[last] = numpy.rint(balance * self.factor)
        rows.principal_minor[last] = balance
        rows.balance_minor[last] = 0

    def _write_balances(self, rows: ScheduleArrays) -> None:
        before = self.principal
        for row in range(self.periods):
            left = self.periods - row - 1
            if self.method == "interest_first":
                after = self.principal if left else numpy.zeros_like(before)
            else:
                after = numpy.rint(self.principal * (left / self.periods * _NUDGE))
            owed = self.principal if self.method == "flat" else before
            rows.interest_minor[row] = numpy.rint(owed * self.factor)
            rows.principal_minor[row] = before - after
            rows.balance_minor[row] = after
            before = after

    def _exact_factor(self, case: int) -> Ratio:
        factor = Fraction(int(self.rates[case]), MILLION) * self.years
        return factor.numerator, factor.denominator

    def _write_exactly(self, case: int, rows: ScheduleArrays) -> None:
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

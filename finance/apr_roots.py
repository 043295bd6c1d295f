"""The rate at which the flows of a credit are worth nothing, also when a fraction of a period earns simple interest.

With y = ln(1 + i) a flow a after t periods and the fraction f of one is worth a·exp(−L(y)), L(y) = t·y + ln(1 + f·(e^y − 1)).
With fractions these are no plain exponentials, so that counting changes of sign does not bound the roots of their sum as it
does in `finance.rate_roots`. But L grows with y, and so does its slope t + f·e^y / (1 + f·(e^y − 1)): over a stretch of y
each worth, and each slope of it, lies between values at the two ends. A stretch over which the sum keeps its sign has no
root, one over which exp(c·y) × the sum is monotone for some c at most one; others are halved. With a single change of sign
the first stretch is monotone already. (Interval bisection: R. E. Moore, Interval Analysis, 1966.)
"""

from collections.abc import Sequence
from fractions import Fraction
from math import expm1
from typing import NamedTuple

import numpy

from finance.errors import NoRoot, OutOfRange, SeveralRoots
from finance.rate_roots import Times, sign_changes

MOST_STRETCHES, MOST_WORK = 4_000, 10_000_000
"""Bounds for flows that change sign many times: stretches, and stretches × flows. A credit needs one stretch, one with
advances between payments some dozens."""
_LOWEST, _HIGHEST = -25.0, 230.0
"""ln(1 + rate) that a float rate still tells, as for XIRR."""
_NARROWEST = 1e-8
_TOUCHING = 1e-12
"""Worth, relative to the sum of absolute worths, that counts as 0 where the sum touches 0 without crossing it."""


class Moment(NamedTuple):
    """Periods after the beginning, which compound, and the fraction of one (below 1) that earns simple interest."""

    full: Fraction
    part: Fraction = Fraction(0)


def only_rate(flows: Sequence[tuple[Moment, Fraction]], periods_a_year: float = 1.0) -> float:
    """Periods a year × the one rate per period, above −100 %, at which the amounts are worth 0.

    Raises `NoRoot`, `SeveralRoots` with all of them, and `OutOfRange` where they are too many or too near to be told apart.
    """
    sums: dict[Moment, Fraction] = {}
    for moment, amount in flows:
        sums[moment] = sums.get(moment, Fraction(0)) + amount
    kept = sorted((moment, amount) for moment, amount in sums.items() if amount)
    largest = max((abs(amount) for _, amount in kept), default=Fraction(1))
    # The largest amount becomes ±1, so that neither very large nor very small sums lose themselves.
    amounts = _floats([amount / largest for _, amount in kept])
    full, part = _floats([moment.full for moment, _ in kept]), _floats([moment.part for moment, _ in kept])
    roots = _Worth(full, part, amounts).roots() if sign_changes(amounts) else []
    if not roots:
        raise NoRoot("no rate makes the payments worth the advances", field="payments")
    rates = tuple(periods_a_year * expm1(root) for root in roots)
    if len(rates) > 1:
        raise SeveralRoots(
            f"{len(rates)} rates make the payments worth the advances: {rates}", field="payments", rates=rates
        )
    return rates[0]


def _floats(values: Sequence[Fraction]) -> Times:
    return numpy.array([float(value) for value in values], dtype=numpy.float64)


class _Worth(NamedTuple):
    full: Times
    part: Times
    amounts: Times

    def roots(self) -> list[float]:
        """Every y of worth 0, ascending."""
        found: list[float] = []
        stretches, looked_at = [(_LOWEST, _HIGHEST)], 0
        centres = self._centres()
        while stretches:
            low, high = stretches.pop()
            looked_at += 1
            if looked_at > MOST_STRETCHES or looked_at * len(self.amounts) > MOST_WORK:
                raise OutOfRange(
                    "there are too many rates, or too near each other, to tell them apart", field="payments"
                )
            most, least = self._discounts(low, high)
            if self._keeps_its_sign(most, least):
                continue
            middle = (low + high) / 2
            if high - low < _NARROWEST:
                found += self._touched(middle, found)
            elif not any(self._is_monotone(low, high, centre, most, least) for centre in centres):
                stretches += [(middle, high), (low, middle)]
            elif self._sign(low) != self._sign(high):
                found.append(self._bisected(low, high))
        return found

    def _logs(self, y: float) -> Times:
        return self.full * y + numpy.log1p(self.part * expm1(y))

    def _slopes(self, y: float) -> Times:
        growth = self.part * (expm1(y) + 1)
        return self.full + growth / (1 - self.part + growth)

    def _sum(self, y: float) -> tuple[float, float]:
        """The worth and the sum of absolute worths, both scaled by the same positive number."""
        logs = self._logs(y)
        discounts = numpy.exp(logs.min() - logs)
        return float(self.amounts @ discounts), float(numpy.abs(self.amounts) @ discounts)

    def _sign(self, y: float) -> bool:
        return self._sum(y)[0] >= 0

    def _keeps_its_sign(self, most: Times, least: Times) -> bool:
        gains, losses = numpy.maximum(self.amounts, 0), numpy.maximum(-self.amounts, 0)
        return bool(gains @ least > losses @ most or losses @ least > gains @ most)

    def _is_monotone(self, low: float, high: float, centre: float, most: Times, least: Times) -> bool:
        one, other = self.amounts * (self._slopes(low) - centre), self.amounts * (self._slopes(high) - centre)
        lower, upper = numpy.minimum(one, other), numpy.maximum(one, other)
        if (lower >= 0).all() or (upper <= 0).all():
            # Also where the discounts themselves are too small for a float.
            return True
        above = numpy.where(lower > 0, lower * least, lower * most).sum()
        below = numpy.where(upper < 0, upper * least, upper * most).sum()
        return bool(above > 0 or below < 0)

    def _discounts(self, low: float, high: float) -> tuple[Times, Times]:
        """Upper and lower bounds of exp(c·y − L) over a stretch, all scaled by the same positive number.

        c is the slope of the flows that weigh most, so that theirs hardly change. c·y − L is concave: lowest at an end, and
        below the tangents of both ends.
        """
        middle = (low + high) / 2
        logs = self._logs(middle)
        weights = numpy.abs(self.amounts) * numpy.exp((logs - numpy.log(numpy.abs(self.amounts))).min() - logs)
        slope = float(weights @ self._slopes(middle) / weights.sum())
        at_low, at_high = slope * (low - middle) - self._logs(low), slope * (high - middle) - self._logs(high)
        rise, fall = slope - self._slopes(low), self._slopes(high) - slope
        top = numpy.minimum(
            at_low + numpy.maximum(rise, 0) * (high - low), at_high + numpy.maximum(fall, 0) * (high - low)
        )
        return numpy.exp(top - top.max()), numpy.exp(numpy.minimum(at_low, at_high) - top.max())

    def _centres(self) -> set[float]:
        """Moments between the flows of the first and of the last change of sign."""
        moments = self.full + self.part
        changes = numpy.flatnonzero(numpy.diff(numpy.sign(self.amounts)))
        return {float(moments[at] + moments[at + 1]) / 2 for at in (changes[0], changes[-1])}

    def _touched(self, y: float, found: list[float]) -> list[float]:
        """A double root, unless the stretch beside this one has told it already."""
        worth, size = self._sum(y)
        near = bool(found) and y - found[-1] < 1e-6
        return [y] if abs(worth) <= _TOUCHING * size and not near else []

    def _bisected(self, low: float, high: float) -> float:
        at_low = self._sign(low)
        while low < (middle := (low + high) / 2) < high:
            if self._sign(middle) == at_low:
                low = middle
            else:
                high = middle
        return middle

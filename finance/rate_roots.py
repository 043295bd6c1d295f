"""All rates at which dated amounts are worth nothing: every root, isolated, so that none is taken for the only one.

With y = ln(1 + rate) the worth is g(y) = Σ a_i·exp(−t_i·y), a sum of exponentials. Such a sum has at most as many real
zeros as its amounts, in order of time, change sign (Descartes' rule for generalised polynomials). For c between the times
of one change of sign, the derivative of exp(c·y)·g(y) is again such a sum, with the amounts a_i·(c − t_i) and one
change less; between two of *its* zeros exp(c·y)·g(y) is monotone and g has at most one zero. So the zeros follow, level by
level, from a sum that never changes sign. (G. J. O. Jameson, "Counting zeros of generalised polynomials", The Mathematical
Gazette 90, 2006, has the rule and its proof.)
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp, expm1, isfinite, log1p

import numpy
from numpy.typing import NDArray

from finance.errors import NoRoot, OutOfRange, SeveralRoots

Times = NDArray[numpy.float64]

_TOUCHING = 1e-13
"""Worth, relative to the sum of absolute discounted amounts, that counts as 0 at a turning point: a double root."""
MOST_SIGN_CHANGES = 200
LEAST_LOG_RATE, LARGEST_LOG_RATE = -25.0, 230.0
"""ln(1 + rate) that a float rate still tells: below, 1 + rate is lost against 1; above, 10^100, no figure any more."""
NEARLY_NOTHING = 1e-7
"""Share of the discounted amounts below which a balance is not told from 0."""
_NEAR = 1e-7
"""Share of the discounted amounts that a guess may be off: one step of Newton from there is exact to the last bits."""
_STEEPEST = 650.0
"""Exponent that a float still holds with room for a sum."""
LARGEST_RATE = 1e12
_LAST_BIT = 2.0**-52
_LEAST_GUESS = -1 + 1e-15


def only_rate(times: Sequence[float], amounts: Sequence[float], guess: float | None = None) -> float:
    """The one rate at which the amounts are worth 0. Times ascend strictly from 0, amounts are not 0.

    A `guess` that proves right and the only one saves the search. Raises `NoRoot`, `SeveralRoots` with all of them, and
    `OutOfRange` for amounts that change sign too often.
    """
    if guess is not None and isfinite(guess) and LEAST_LOG_RATE < log1p(max(guess, _LEAST_GUESS)) < LARGEST_LOG_RATE:
        rate = _confirmed(guess, times, amounts)
        if rate is not None:
            return rate
    return _searched(numpy.array(times, dtype=numpy.float64), numpy.array(amounts, dtype=numpy.float64))


def _confirmed(guess: float, times: Sequence[float], amounts: Sequence[float]) -> float | None:
    """The root at a guess, if it is one, and the balance carried on at it has one sign until the last flow.

    Then it is the only one: Σ a_k·d_k = Σ B_k·(d_k − d_{k+1}) for the balances B at the root and any other discounting d from
    there, and all terms have one sign. (C. S. Soper, "The marginal efficiency of capital: a further note", The Economic
    Journal 69, 1959.)
    """
    log_rate = log1p(guess)
    if abs(log_rate) * times[-1] > _STEEPEST:
        return None
    balance, size, slope = amounts[0], abs(amounts[0]), 0.0
    lowest = highest = balance
    for time, amount in zip(times[1:], amounts[1:], strict=True):
        lowest, highest = min(lowest, balance), max(highest, balance)
        discounted = amount * exp(-time * log_rate)
        balance += discounted
        size += abs(discounted)
        slope += time * discounted
    if abs(balance) > _NEAR * size or not slope:
        return None
    if lowest < NEARLY_NOTHING * size and highest > -NEARLY_NOTHING * size:
        return None
    return expm1(log_rate + balance / slope)


def _searched(times: Times, amounts: Times) -> float:
    changes = sign_changes(amounts)
    if changes == 0:
        raise NoRoot("a rate needs flows in both directions, on different days", field="flows")
    if changes > MOST_SIGN_CHANGES:
        raise OutOfRange(f"the flows change sign more than {MOST_SIGN_CHANGES} times", field="flows")
    roots = log_rate_roots(times, amounts)
    if not roots:
        raise NoRoot("no rate makes these flows worth 0", field="flows")
    if len(roots) > 1:
        rates = tuple(expm1(min(root, LARGEST_LOG_RATE)) for root in roots)
        raise SeveralRoots(f"{len(roots)} rates make these flows worth 0: {rates}", field="flows", rates=rates)
    if not LEAST_LOG_RATE <= roots[0] <= LARGEST_LOG_RATE:
        raise NoRoot("the only rate is beyond what a number can hold", field="flows")
    return expm1(roots[0])


def falling_root(excess: Callable[[float], float], low: float) -> float:
    """Where a falling function, positive at `low`, becomes 0, to the last bit. Raises `NoRoot` if that is beyond 10^12."""
    high = 1.0
    while excess(high) > 0:
        high *= 2
        if high > LARGEST_RATE:
            raise NoRoot("no rate is high enough for these payments", field="schedule")
    while low < (middle := (low + high) / 2) < high:
        if excess(middle) > 0:
            low = middle
        else:
            high = middle
    return middle


def sign_changes(amounts: Times) -> int:
    """How often consecutive amounts, none of them 0, change sign."""
    return int(numpy.count_nonzero(numpy.diff(numpy.sign(amounts))))


def log_rate_roots(times: Times, amounts: Times) -> list[float]:
    """Every y = ln(1 + rate) with worth 0, ascending. Times ascend strictly; amounts are not 0."""
    if sign_changes(amounts) == 0:
        return []
    roots: list[float] = []
    turns = log_rate_roots(*_derivative(times, amounts))
    edges = [_outer(times, amounts, turns, -1), *turns, _outer(times, amounts, turns, 1)]
    signs = [_sign(times, amounts, edge) for edge in edges]
    for (low, high), (sign_low, sign_high) in zip(pairwise(edges), pairwise(signs), strict=True):
        if sign_low == 0:
            roots.append(low)
        elif sign_high == -sign_low:
            roots.append(_zero_between(times, amounts, low, high))
    return roots


def worth(times: Times, amounts: Times, log_rate: float) -> tuple[float, float]:
    """Σ a·exp(−t·y) and Σ |a|·exp(−t·y), both scaled by the same positive number so that neither overflows."""
    exponents = -times * log_rate
    discounted = amounts * numpy.exp(exponents - exponents.max())
    return float(discounted.sum()), float(numpy.abs(discounted).sum())


def _derivative(times: Times, amounts: Times) -> tuple[Times, Times]:
    first = int(numpy.flatnonzero(numpy.diff(numpy.sign(amounts)))[0])
    centre = (times[first] + times[first + 1]) / 2
    slopes = amounts * (centre - times)
    return times, slopes / numpy.abs(slopes).max()


def _outer(times: Times, amounts: Times, turns: list[float], direction: int) -> float:
    """A point beyond the outermost turn from which the sign of the sum no longer changes."""
    final = numpy.sign(amounts[0] if direction > 0 else amounts[-1])
    start = (turns[-1] if direction > 0 else turns[0]) if turns else 0.0
    reach = 1.0
    while _sign(times, amounts, start + direction * reach) != final:
        reach *= 2
    return start + direction * reach


def _sign(times: Times, amounts: Times, log_rate: float) -> int:
    value, size = worth(times, amounts, log_rate)
    if abs(value) <= _TOUCHING * size:
        return 0
    return 1 if value > 0 else -1


def _zero_between(times: Times, amounts: Times, low: float, high: float) -> float:
    """The one zero between two points of opposite sign, to the last bits of a float.

    T. R. Chandrupatla, "A new hybrid quadratic/bisection algorithm", Advances in Engineering Software 28, 1997.
    """

    def share(log_rate: float) -> float:
        value, size = worth(times, amounts, log_rate)
        return value / size

    new, old, share_new, share_old = low, high, share(low), share(high)
    part = 0.5
    while True:
        middle = new + part * (old - new)
        share_middle = share(middle)
        if (share_middle > 0) == (share_new > 0):
            third, share_third = new, share_new
        else:
            third, share_third = old, share_old
            old, share_old = new, share_new
        new, share_new = middle, share_middle
        best = new if abs(share_new) < abs(share_old) else old
        least_part = _LAST_BIT * (2 * abs(best) + 1e-3) / abs(old - third)
        if share_new == 0 or least_part > 0.5:
            return best
        part = min(max(_quadratic_part(new, old, third, share_new, share_old, share_third), least_part), 1 - least_part)


def _quadratic_part(new: float, old: float, third: float, f_new: float, f_old: float, f_third: float) -> float:
    """Where between `new` (0) and `old` (1) to look next: by inverse quadratic interpolation where that is safe, else half."""
    distance, height = (new - old) / (third - old), (f_new - f_old) / (f_third - f_old)
    if not (height * height < distance and (1 - height) ** 2 < 1 - distance):
        return 0.5
    return f_new / (f_old - f_new) * f_third / (f_old - f_third) + (third - new) / (old - new) * f_new / (
        f_third - f_new
    ) * f_old / (f_third - f_old)

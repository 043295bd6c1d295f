"""All rates at which dated amounts are worth nothing: every root, isolated, so that none is taken for the only one.

With y = ln(1 + rate) the worth is g(y) = Σ a_i·exp(−t_i·y), a sum of exponentials. Such a sum has at most as many real
zeros as its amounts, in order of time, change sign (Descartes' rule for generalised polynomials). For c between the times
of one change of sign, the derivative of exp(c·y)·g(y) is again such a sum, with the amounts a_i·(c − t_i) and one
change less; between two of *its* zeros exp(c·y)·g(y) is monotone and g has at most one zero. So the zeros follow, level by
level, from a sum that never changes sign. (G. J. O. Jameson, "Counting zeros of generalised polynomials", The Mathematical
Gazette 90, 2006, has the rule and its proof.)
"""

from itertools import pairwise

import numpy
from numpy.typing import NDArray

Times = NDArray[numpy.float64]

_TOUCHING = 1e-13
"""Worth, relative to the sum of absolute discounted amounts, that counts as 0 at a turning point: a double root."""
MOST_SIGN_CHANGES = 200


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
            roots.append(_bisect(times, amounts, low, high, sign_low))
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


def _bisect(times: Times, amounts: Times, low: float, high: float, sign_low: int) -> float:
    """The one zero between two points of opposite sign, to the last bit of a float."""
    while low < (middle := (low + high) / 2) < high:
        value, _ = worth(times, amounts, middle)
        if value == 0:
            return middle
        if (value > 0) == (sign_low > 0):
            low = middle
        else:
            high = middle
    return middle

"""How likely it is that chance alone shows as much: tails of two distributions, and errors of a regression."""

from functools import cache
from math import erfc, exp, pi, sqrt

import numpy
from numpy.typing import NDArray

Floats = NDArray[numpy.float64]

LARGEST_FREEDOM = 200
_NO_CHANCE = 1_400.0
"""With `LARGEST_FREEDOM` or less a χ² is so large less often than once in 10^150."""


def chi_square_tail(statistic: float, freedom: int) -> float:
    """The chance of a χ² of at least this size, with 0 to `LARGEST_FREEDOM` degrees of freedom.

    M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.4.4 and 26.4.5.
    """
    if statistic <= 0:
        return 1.0
    if statistic > _NO_CHANCE:
        return 0.0
    odd = freedom % 2
    term = exp(-statistic / 2) * (sqrt(2 * statistic / pi) if odd else 1.0)
    tail = erfc(sqrt(statistic / 2)) if odd else 0.0
    for at in range(freedom // 2):
        tail += term
        term *= statistic / (2 * at + 2 + odd)
    return min(1.0, tail)


def one_way_tail(statistic: float, levels: int, freedom: int = 0) -> float:
    """The chance of so large a χ̄², the largest χ² of means that rise over so many levels, or stay, if all are equal.

    A mixture of χ² with i − 1 degrees of freedom, the weights being |Stirling numbers of the first kind| ÷ levels! (D. J.
    Bartholomew, "A test of homogeneity for ordered alternatives", Biometrika 46, 1959); `freedom` is added to each.
    """
    weights = _weights(levels)
    return min(1.0, sum(weight * chi_square_tail(statistic, at + freedom) for at, weight in enumerate(weights)))


def standard_errors(columns: Floats, probabilities: Floats, penalty: float) -> Floats:
    """Of the weights of a logistic regression with a constant and `penalty` · ½ · Σ weights²: the roots of the diagonal of
    the inverse of its information, Σ p·(1 − p)·x·xᵀ and the penalty. One row a case, one column a weight."""
    rows = numpy.column_stack([numpy.ones(len(columns)), columns])
    information = rows.T @ (rows * (probabilities * (1 - probabilities))[:, None])
    weights = range(1, len(information))
    information[weights, weights] += penalty
    errors: Floats = numpy.sqrt(numpy.diag(numpy.linalg.inv(information))[1:])
    return errors


@cache
def _weights(levels: int) -> tuple[float, ...]:
    """Coefficients of (x + 1)(x + 2)…(x + levels − 1) ÷ levels!."""
    weights = numpy.ones(1)
    for at in range(1, levels):
        weights = numpy.convolve(weights, [at / (at + 1), 1 / (at + 1)])
    return tuple(weights.tolist())

import numpy
import pytest
from scipy.stats import chi2

from finance.scorecards.chance import LARGEST_FREEDOM, chi_square_tail, one_way_tail, standard_errors


def test_the_tail_of_chi_square() -> None:
    """C. Zaiontz, "Real Statistics", Hosmer–Lemeshow test, example 1: 24.40567 with 10 degrees of freedom, 0.006593. Tables:
    5 % at 3.841, 5.991, 15.507 with 1, 2, 8."""
    assert chi_square_tail(24.40567, 10) == pytest.approx(0.006593, abs=5e-7)
    for statistic, freedom in ((3.841459, 1), (5.991465, 2), (15.507313, 8)):
        assert chi_square_tail(statistic, freedom) == pytest.approx(0.05, abs=1e-7)


@pytest.mark.parametrize("freedom", [1, 2, 3, 8, 49, 50, 101, LARGEST_FREEDOM])
def test_the_tail_as_scipy_has_it(freedom: int) -> None:
    for statistic in (-1.0, 0.0, 1e-9, 0.3, 1.0, freedom / 2, freedom, 2.0 * freedom, 300.0, 1_399.0, 1_401.0, 1e300):
        assert chi_square_tail(statistic, freedom) == pytest.approx(chi2.sf(statistic, freedom), rel=1e-9, abs=1e-150)


def test_without_freedom_nothing_is_above_nought() -> None:
    assert (chi_square_tail(0, 0), chi_square_tail(1e-9, 0)) == (1, 0)


def test_two_levels_rise_by_chance_half_of_the_time() -> None:
    """Then χ̄² is χ² of one degree; otherwise 0."""
    for statistic in (0.5, 2.706, 6.0):
        assert one_way_tail(statistic, 2) == pytest.approx(chi_square_tail(statistic, 1) / 2)
    assert one_way_tail(1.0, 1) == 0
    assert one_way_tail(0.0, 7) == 1
    assert one_way_tail(3.0, 1, freedom=2) == chi_square_tail(3.0, 2)


def test_critical_values_of_bartholomew() -> None:
    """R. E. Barlow and others, "Statistical Inference under Order Restrictions" (1972), table A.3, equal weights, 5 %."""
    for levels, critical in ((3, 3.820), (4, 4.528), (5, 5.049), (6, 5.460)):
        assert one_way_tail(critical, levels) == pytest.approx(0.05, abs=5e-5)


def test_means_of_pure_chance_rise_as_often_as_said() -> None:
    """Isotonic regression of twelve standard normal means by hand, 4,000 times."""
    generator = numpy.random.default_rng(1)
    found = numpy.array([_rising(generator.normal(size=12)) for _ in range(4_000)])
    for statistic in (1.0, 4.0, 7.0):
        assert (found > statistic).mean() == pytest.approx(one_way_tail(statistic, 12), abs=0.025)
    more = found + generator.normal(size=4_000) ** 2
    assert (more > 5).mean() == pytest.approx(one_way_tail(5, 12, freedom=1), abs=0.025)


def test_the_error_of_one_yes_or_no_is_woolfs() -> None:
    """B. Woolf, "On estimating the relation between blood group and disease" (1955): the logarithm of the ratio of odds of a
    table of four has variance 1/a + 1/b + 1/c + 1/d. Beside it a second, unrelated one."""
    one = numpy.array([0] * 90 + [1] * 130, dtype=numpy.float64)
    probabilities = numpy.where(one == 1, 80 / 130, 30 / 90)
    variance = 1 / 80 + 1 / 50 + 1 / 30 + 1 / 60
    assert standard_errors(one[:, None], probabilities, 0) == pytest.approx([variance**0.5])
    assert standard_errors(one[:, None], probabilities, 5) == pytest.approx([(1 / (1 / variance + 5)) ** 0.5])
    twice = numpy.column_stack([one, 1 - one])
    both = standard_errors(numpy.vstack([twice * [1, 0], twice * [0, 1]]), numpy.full(440, 0.5), 0)
    assert both.shape == (2,)


def _rising(means: numpy.ndarray) -> float:
    pools: list[tuple[float, int]] = []
    for mean in means.tolist():
        pools.append((mean, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (low, count), (high, more) = pools.pop(-2), pools.pop()
            pools.append(((low * count + high * more) / (count + more), count + more))
    return sum(count * (mean - means.mean()) ** 2 for mean, count in pools)

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import isfinite, log
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2, ks_2samp
from sklearn.metrics import brier_score_loss, roc_auc_score

from finance.errors import CannotBeMet, FinanceError, InexactNumber, MissingArgument, OutOfRange
from finance.scorecards.cards import Scaling, Scorecard
from finance.scorecards.characteristics import Categorical, Group, Interval, Missing, Numeric, Unseen
from finance.scorecards.validation import (
    calibration,
    characteristic_stability,
    gains,
    population_stability,
    separation,
    stability_index,
    validation_report,
)
from tests.finance.scorecard_samples import german


@st.composite
def scored(draw: st.DrawFn) -> tuple[list[int], list[bool]]:
    rows = draw(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=60))
    bad = [flag for _, flag in rows]
    bad[0], bad[1] = True, False
    return [points for points, _ in rows], bad


def simulated(rows: int, seed: int) -> tuple[NDArray[numpy.int64], NDArray[numpy.float64], NDArray[numpy.bool_]]:
    """Scores, the true probability of bad at each, and outcomes drawn by it."""
    generator = numpy.random.default_rng(seed)
    points = generator.normal(500, 40, rows).round().astype(numpy.int64)
    scaling = Scaling(500, Decimal(6), 20)
    probabilities = numpy.array([scaling.probability_of_bad(int(one)) for one in points])
    return points, probabilities, generator.random(rows) < probabilities


@given(scored())
def test_auc_is_the_chance_that_a_good_case_scores_higher(case: tuple[list[int], list[bool]]) -> None:
    points, bad = case
    goods = [one for one, flag in zip(points, bad, strict=True) if not flag]
    bads = [one for one, flag in zip(points, bad, strict=True) if flag]
    won = sum(1.0 if good > worse else 0.5 if good == worse else 0.0 for good in goods for worse in bads)
    found = separation(points, bad)
    assert found.auc == pytest.approx(won / (len(goods) * len(bads)), rel=1e-12)
    assert found.gini == pytest.approx(2 * found.auc - 1, abs=1e-12)


@given(scored())
def test_ks_is_the_largest_distance_and_its_cut_the_lowest_such_score(case: tuple[list[int], list[bool]]) -> None:
    points, bad = case
    goods, bads = bad.count(False), bad.count(True)
    distances = {
        cut: Fraction(sum(flag and one < cut for one, flag in zip(points, bad, strict=True)), bads)
        - Fraction(sum(not flag and one < cut for one, flag in zip(points, bad, strict=True)), goods)
        for cut in sorted(set(points))
    }
    found = separation(points, bad)
    assert found.ks == pytest.approx(float(max(distances.values())), abs=1e-12)
    assert found.ks_cut == next(cut for cut, distance in distances.items() if distance == max(distances.values()))


def test_separation_as_scikit_learn_and_scipy_have_it() -> None:
    points, probabilities, bad = simulated(5_000, 1)
    found = separation(points, bad)
    assert found.auc == pytest.approx(roc_auc_score(~bad, points), rel=1e-12)
    assert found.ks == pytest.approx(ks_2samp(points[bad], points[~bad]).statistic, rel=1e-12)
    assert calibration(probabilities, bad).brier == pytest.approx(brier_score_loss(bad, probabilities), rel=1e-12)


def test_the_right_way_round_is_one_and_the_wrong_way_nought() -> None:
    assert separation([1, 2, 3, 4], [1, 1, 0, 0]) == separation([1.0, 2.0, 3.0, 4.0], [True, True, False, False])
    best, worst = separation([1, 2, 3, 4], [1, 1, 0, 0]), separation([1, 2, 3, 4], [0, 0, 1, 1])
    assert (best.auc, best.gini, best.ks, best.ks_cut) == (1, 1, 1, 3)
    assert (worst.auc, worst.gini, worst.ks) == (0, -1, 0)
    assert separation([7, 7, 7], [1, 0, 0]).auc == 0.5


@given(scored(), st.integers(2, 12))
def test_gains_part_all_cases_and_no_equal_scores(case: tuple[list[int], list[bool]], bands: int) -> None:
    points, bad = case
    rows = gains(points, bad, bands)
    assert sum(row.cases for row in rows) == len(points)
    assert sum(row.bad for row in rows) == sum(bad)
    assert all(before.highest < after.lowest for before, after in pairwise(rows))
    assert len(rows) <= bands
    for row in rows:
        within = [flag for one, flag in zip(points, bad, strict=True) if row.lowest <= one <= row.highest]
        up_to = [flag for one, flag in zip(points, bad, strict=True) if one <= row.highest]
        assert (row.cases, row.bad) == (len(within), sum(within))
        assert row.lift == pytest.approx(sum(within) / len(within) / (sum(bad) / len(bad)))
        assert row.bad_share_so_far == pytest.approx(sum(up_to) / sum(bad))
        assert row.cases_share_so_far == pytest.approx(len(up_to) / len(bad))


def test_deciles_of_different_scores_are_equal_in_size() -> None:
    assert [row.cases for row in gains(list(range(100)), [1, 0] * 50)] == [10] * 10
    assert [row.cases for row in gains(list(range(7)), [1, 0, 0, 0, 0, 0, 0])] == [1] * 7


def test_calibration_by_hand() -> None:
    """Two bands of four: 0.25 expected of the first, one bad; 0.5 of the second, three bad: (3 − 2)² ÷ (4·¼) = 1."""
    found = calibration([0.2, 0.2, 0.3, 0.3, 0.5, 0.5, 0.5, 0.5], [0, 0, 1, 0, 1, 1, 0, 1], bands=2)
    assert [(row.cases, row.bad_share) for row in found.rows] == [(4, 0.25), (4, 0.75)]
    assert [row.expected_bad_share for row in found.rows] == pytest.approx([0.25, 0.5])
    assert found.hosmer_lemeshow == pytest.approx(1)
    assert found.p_value == pytest.approx(chi2.sf(1, 2))
    assert found.brier == pytest.approx((0.04 * 2 + 0.49 + 0.09 + 4 * 0.25) / 8)


def test_right_probabilities_pass_and_wrong_ones_do_not() -> None:
    p_values = []
    for seed in range(20):
        _, probabilities, bad = simulated(2_000, seed)
        p_values.append(calibration(probabilities, bad).p_value)
        assert calibration(probabilities / 2, bad).p_value < 1e-6
    assert 0.2 < numpy.mean(p_values) < 0.8
    assert min(p_values) > 0.001


def test_the_cases_learned_from_cost_two_degrees_of_freedom() -> None:
    _, probabilities, bad = simulated(2_000, 3)
    other, same = calibration(probabilities, bad), calibration(probabilities, bad, learned_from=True)
    assert other.hosmer_lemeshow == same.hosmer_lemeshow
    assert other.p_value == pytest.approx(chi2.sf(other.hosmer_lemeshow, 10))
    assert same.p_value == pytest.approx(chi2.sf(other.hosmer_lemeshow, 8))
    assert calibration([0.5, 0.5, 0.6], [1, 0, 0], learned_from=True).p_value is None
    assert calibration([0.5, 0.5, 0.6], [1, 0, 0]).p_value is not None


def test_certainty_that_was_wrong_fails_and_certainty_that_was_right_does_not() -> None:
    wrong, right = calibration([0, 0, 1, 1], [1, 0, 1, 1], bands=2), calibration([0, 0, 1, 1], [0, 0, 1, 1], bands=2)
    assert (wrong.p_value, right.p_value, right.hosmer_lemeshow) == (0, 1, 0)
    assert isfinite(wrong.hosmer_lemeshow)


def test_stability_index_of_worked_examples() -> None:
    """GeeksforGeeks, "Population Stability Index (PSI)": shares of income 0.4, 0.3, 0.3, later 0.35, 0.25, 0.4. HackingNote,
    "Weight of Evidence and Information Value": the same sum over six bins, 0.260."""
    assert stability_index([40, 30, 30], [35, 25, 40]) == pytest.approx(0.0446, abs=5e-5)
    assert stability_index([5, 5, 10, 20, 25, 35], [10, 15, 15, 20, 20, 20]) == pytest.approx(0.260, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "information"),
    [
        ("checking_account", 0.6660),
        ("credit_history", 0.2932),
        ("savings", 0.1960),
        ("purpose", 0.1692),
        ("property", 0.1126),
        ("housing", 0.0833),
    ],
)
def test_information_values_of_the_german_data(name: str, information: float) -> None:
    """The information value is this index of goods against bads; figures of `iv(germancredit)` in the R package scorecard."""
    columns, bad = german()
    values = numpy.array(columns[name])
    counts = [(int((~bad[values == one]).sum()), int(bad[values == one].sum())) for one in sorted(set(values))]
    goods, bads = zip(*counts, strict=True)
    assert stability_index(goods, bads) == pytest.approx(information, abs=5e-5)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8))
def test_the_index_has_no_direction_and_is_nought_for_the_same(counts: list[tuple[int, int]]) -> None:
    then, now = [one for one, _ in counts], [two for _, two in counts]
    if not sum(then) or not sum(now):
        with pytest.raises(CannotBeMet):
            stability_index(then, now)
        return
    assert stability_index(then, now) == pytest.approx(stability_index(now, then), abs=1e-12)
    assert stability_index(then, then) == 0
    assert isfinite(stability_index(then, now))


def test_an_empty_count_is_half_a_case() -> None:
    assert stability_index([10, 0], [10, 10]) == pytest.approx((0.5 - 1) * log(0.5) + (0.5 - 0.05) * log(0.5 / 0.05))


def test_the_same_population_is_stable_and_a_moved_one_is_not() -> None:
    points, _, _ = simulated(5_000, 1)
    assert population_stability(points, points) == 0
    assert population_stability(points, simulated(5_000, 2)[0]) < 0.02
    assert population_stability(points, points - 30) > 0.25
    # Bands are those of the earlier scores, by tenths: of ten scores once each the nine others are as empty as can be.
    ten = list(range(10))
    assert population_stability(ten, [0] * 10) == pytest.approx(0.9 * log(10) + 9 * 0.05 * log(2))
    assert population_stability(ten, [-5] * 10) == population_stability(ten, [0] * 10)


AGE = Numeric(
    "age",
    "young",
    (
        Interval(low=None, high=Decimal(30), points=-10, cases=50, bad=20),
        Interval(low=Decimal(30), high=None, points=10, cases=40, bad=5),
    ),
    missing=Missing(points=0, cases=10, bad=1),
)
HOME = Categorical("home", "rents", (Group(categories=("OWN",), points=5),), unseen=Unseen(points=0))
CARD = Scorecard("test", "1", 500, (AGE, HOME), Scaling(500, Decimal(3), 20))


def test_characteristics_are_compared_with_what_the_card_was_learned_from() -> None:
    columns = {"age": numpy.array([20.0] * 3 + [50.0] * 6 + [numpy.nan]), "home": ["OWN"] * 10}
    (found,) = characteristic_stability(CARD, columns)
    assert found.characteristic == "age"
    assert found.csi == pytest.approx((0.3 - 0.5) * log(0.3 / 0.5) + (0.6 - 0.4) * log(0.6 / 0.4))
    assert found.points_shift == pytest.approx(-0.2 * -10 + 0.2 * 10)


def test_a_characteristic_counted_in_part_or_not_at_all_is_left_out() -> None:
    empty = tuple(replace(one, cases=0, bad=0) for one in AGE.bins)
    for line in (replace(AGE, missing=Missing(points=0)), replace(AGE, bins=empty, missing=None)):
        assert characteristic_stability(replace(CARD, characteristics=(line,)), {"age": [20.0, 50.0]}) == ()


def test_a_report_is_all_figures_and_json() -> None:
    columns: dict[str, Any] = {"age": [20, 25, None, 50, 60, 70, 40, 20], "home": ["OWN", "RENT"] * 4}
    bad = [1, 1, 0, 0, 0, 1, 0, 0]
    points = [495, 490, 505, 510, 515, 510, 515, 490]
    report = validation_report(CARD, columns, bad, earlier_points=[500, 500, 490, 510])
    probabilities = [Scaling(500, Decimal(3), 20).probability_of_bad(one) for one in points]
    assert report.separation == separation(points, bad)
    assert report.gains == gains(points, bad)
    assert report.calibration == calibration(probabilities, bad)
    assert report.psi == population_stability([500, 500, 490, 510], points)
    assert report.characteristics == characteristic_stability(CARD, columns)
    assert (report.name, report.version, report.cases, report.bad) == ("test", "1", 8, 3)
    read = json.loads(report.to_json())
    assert read["separation"]["auc"] == report.separation.auc
    assert read["gains"][0]["lift"] == report.gains[0].lift
    assert len(read["calibration"]["rows"]) == len(report.calibration.rows)


def test_a_report_without_scaling_or_earlier_scores_leaves_them_out() -> None:
    columns: dict[str, Any] = {"age": [20, 25, None], "home": ["OWN"] * 3}
    report = validation_report(replace(CARD, scaling=None), columns, [1, 0, 0])
    assert (report.calibration, report.psi) == (None, None)
    known = validation_report(CARD, columns, [1, 0, 0], learned_from=True).calibration
    assert known is not None
    assert known.p_value is None


NAN, LONG = float("nan"), numpy.broadcast_to(numpy.array(1.0), (5_000_001,))


@pytest.mark.parametrize(
    ("call", "error", "field"),
    [
        (lambda: separation([1, 2, 3], [1, 0]), OutOfRange, "scores"),
        (lambda: separation([], [1, 0]), OutOfRange, "scores"),
        (lambda: separation(LONG, [1, 0]), OutOfRange, "scores"),
        (lambda: separation([1, NAN], [1, 0]), InexactNumber, "scores"),
        (lambda: separation([1, float("inf")], [1, 0]), OutOfRange, "scores"),
        (lambda: separation(["1", "2"], [1, 0]), InexactNumber, "scores"),
        (lambda: separation([1, 2], [1, 1]), CannotBeMet, "bad"),
        (lambda: separation([1, 2], [1, 2]), OutOfRange, "bad"),
        (lambda: gains([1, 2], [1, 0], 1), OutOfRange, "bands"),
        (lambda: gains([1, 2], [1, 0], 101), OutOfRange, "bands"),
        (lambda: gains([1, 2], [1, 0], True), InexactNumber, "bands"),
        (lambda: gains([1], [1, 0]), OutOfRange, "scores"),
        (lambda: calibration([-0.1, 0.5], [1, 0]), OutOfRange, "probabilities"),
        (lambda: calibration([0.5, 1.1], [1, 0]), OutOfRange, "probabilities"),
        (lambda: calibration([0.5, 0.1, 0.2], [1, 0]), OutOfRange, "probabilities"),
        (lambda: calibration([0.5, NAN], [1, 0]), InexactNumber, "probabilities"),
        (lambda: population_stability([], [1]), OutOfRange, "earlier"),
        (lambda: population_stability([1], []), OutOfRange, "now"),
        (lambda: population_stability([1], [NAN]), InexactNumber, "now"),
        (lambda: stability_index([1, 2], [1]), CannotBeMet, "now"),
        (lambda: stability_index([], []), CannotBeMet, "now"),
        (lambda: stability_index([3, -1], [1, 1]), OutOfRange, "then"),
        (lambda: stability_index([3, 1.5], [1, 1]), InexactNumber, "then"),  # type: ignore[list-item]
        (lambda: characteristic_stability(CARD, {}), MissingArgument, "age"),
        (lambda: characteristic_stability(CARD, {"age": []}), CannotBeMet, "age"),
        (lambda: validation_report(CARD, {"age": [1, 2], "home": ["a", "b"]}, [1, 0, 0]), OutOfRange, "bad"),
        (lambda: validation_report(CARD, {"age": [1, 2]}, [1, 0]), MissingArgument, "home"),
    ],
)
def test_what_cannot_be_measured_is_refused(call: Any, error: type[FinanceError], field: str) -> None:
    with pytest.raises(error) as refused:
        call()
    assert refused.value.field == field


def test_a_card_that_ranks_the_wrong_way_round_has_no_lead() -> None:
    found = separation([1, 2, 3, 4], [0, 0, 1, 1])
    assert (found.auc, found.gini, found.ks) == (0, -1, 0)

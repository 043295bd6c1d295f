import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_FLOOR, Context, Decimal
from itertools import pairwise
from math import log
from typing import Any

import numpy
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from finance.errors import FinanceError
from finance.scorecards.cards import Scaling, Scorecard
from finance.scorecards.characteristics import Categorical, Group, Interval, Missing, Numeric, Unseen
from finance.scorecards.evidence import evidence, intervals, pointed, roundest
from finance.scorecards.json_table import from_json, to_json
from finance.scorecards.learning import LearningOptions, learn
from finance.scorecards.portfolios import score_many
from finance.scorecards.validation import separation, validation_report
from tests.architecture.sources import sources
from tests.finance.scorecard_figures import cross_validated, out_of_time
from tests.finance.scorecard_samples import german, lending_club

ROWS = 2_000


def cases(seed: int = 1) -> tuple[dict[str, Any], numpy.ndarray]:
    """Loans whose chance of going bad is known: it falls with income, rises with use, differs by home; noise beside."""
    generator = numpy.random.default_rng(seed)
    income = generator.normal(50, 15, ROWS).round(1)
    used = generator.random(ROWS).round(3)
    home = numpy.array(["own", "rent", "other"])[generator.integers(0, 3, ROWS)]
    log_odds = 1.5 + (income - 50) / 15 - 2 * (used - 0.5) + (home == "own") * 1.0
    columns = {"income": income, "used": used, "home": home, "noise": generator.random(ROWS)}
    return columns, generator.random(ROWS) < 1 / (1 + numpy.exp(log_odds))


def line(card: Scorecard, name: str) -> Any:
    return next(one for one in card.characteristics if one.name == name)


def names(card: Scorecard) -> set[str]:
    return {one.name for one in card.characteristics}


def test_the_german_data_five_folds_ten_shuffles() -> None:
    found = cross_validated(*german())
    assert found.mean >= 0.77
    assert found.deviation < 0.005


def test_the_loans_of_a_platform_later_than_those_learned_from() -> None:
    card, report = out_of_time(*lending_club())
    assert report.separation.auc >= 0.66
    assert len(card.characteristics) <= 12
    # Probabilities hold two years on: no band is off by five points.
    assert report.calibration is not None
    assert all(abs(row.bad_share - row.expected_bad_share) < 0.05 for row in report.calibration.rows)


def test_what_tells_is_in_the_card_and_noise_is_not() -> None:
    columns, bad = cases()
    card = learn(columns, bad, LearningOptions("loans", "7", reasons={"income": "income_low"}))
    assert names(card) == {"income", "used", "home"}
    assert (card.name, card.version) == ("loans", "7")
    assert line(card, "income").reason == "income_low"
    assert line(card, "used").reason == "used"
    found = separation(score_many(card, columns).points, bad)
    assert found.auc > 0.75
    informations = [evidence(one, columns[one.name], bad).information for one in card.characteristics]
    assert informations == sorted(informations, reverse=True)


def test_the_share_of_bad_goes_one_way_from_bin_to_bin_and_so_do_the_points() -> None:
    columns, bad = cases()
    card = learn(columns, bad)
    for name, rising in (("income", False), ("used", True)):
        bins = line(card, name).bins
        assert len(bins) >= 3
        for one, other in pairwise(bins):
            assert (one.bad / one.cases < other.bad / other.cases) is rising
            assert (one.points > other.points) is rising
        assert all(one.cases >= 0.05 * ROWS for one in bins)
    assert [group.points for group in line(card, "home").bins] == sorted(
        (group.points for group in line(card, "home").bins), reverse=True
    )
    assert "own" in line(card, "home").bins[0].categories


def test_a_hill_is_still_cut_one_way() -> None:
    """Bad in the middle of the range: the best one-way cut, not the hill."""
    columns, _ = cases()
    hill = numpy.abs(columns["used"] - 0.4) < 0.2
    bad = numpy.random.default_rng(5).random(ROWS) < 0.1 + 0.4 * hill
    bins = line(learn({"used": columns["used"]}, bad), "used").bins
    shares = [one.bad / one.cases for one in bins]
    assert shares == sorted(shares) or shares == sorted(shares, reverse=True)


def test_a_trend_known_beforehand_is_kept() -> None:
    """Columns that go the other way are cut into nothing, and say nothing."""
    columns, bad = cases()
    right = learn(columns, bad, LearningOptions(trends={"used": "rising", "income": "falling"}))
    assert right == learn(columns, bad)
    assert names(learn(columns, bad, LearningOptions(trends={"used": "falling"}))) == {"income", "home"}


def test_counts_are_those_of_the_cases() -> None:
    columns, bad = cases()
    for one in learn(columns, bad).characteristics:
        assert sum(attribute.cases or 0 for attribute in one.attributes) == ROWS
        assert sum(attribute.bad or 0 for attribute in one.attributes) == bad.sum()
    for attribute in line(learn(columns, bad), "used").bins:
        within = (columns["used"] >= float(attribute.low or -1)) & (columns["used"] < float(attribute.high or 9))
        assert (attribute.cases, attribute.bad) == (within.sum(), bad[within].sum())


def test_points_are_the_log_odds_of_the_regression_by_the_scaling() -> None:
    """The probabilities of the card are right on its own cases: on average, and in each band."""
    columns, bad = cases()
    for scaling in (Scaling(600, Decimal(50), 20), Scaling(0, Decimal("0.5"), 70)):
        card = learn(columns, bad, LearningOptions(scaling=scaling))
        probabilities = score_many(card, columns).probability_bad
        assert probabilities is not None
        assert probabilities.mean() == pytest.approx(bad.mean(), abs=0.005)
        report = validation_report(card, columns, bad, learned_from=True)
        assert report.calibration is not None
        assert report.calibration.p_value is not None
        assert report.calibration.p_value > 0.01


def test_one_column_alone_gets_its_weight_of_evidence() -> None:
    """With one column the regression's weight is 1 but for the penalty: points are 20 ÷ ln 2 times the log of odds against
    the average, and the base is the average."""
    columns, bad = cases()
    card = learn({"used": columns["used"]}, bad)
    odds = (ROWS - bad.sum()) / bad.sum()
    for one in line(card, "used").bins:
        expected = 20 / log(2) * log((one.cases - one.bad) / one.bad / odds)
        assert one.points == pytest.approx(expected, abs=1.5)
    assert card.base_points == pytest.approx(600 + 20 / log(2) * log(odds / 50), abs=1.5)


def test_missing_and_special_values_are_attributes_of_their_own() -> None:
    columns, bad = cases()
    used = columns["used"].copy()
    used[:300], used[300:500] = numpy.nan, -999
    bad = bad.copy()
    bad[:300] = numpy.arange(300) % 3 > 0
    bad[300:500] = numpy.arange(200) % 20 == 0
    options = LearningOptions(special={"used": (Decimal(-999), Decimal(-998))})
    found = line(learn(columns | {"used": used}, bad, options), "used")
    assert (found.missing.cases, found.missing.bad) == (300, 200)
    assert found.missing.points < -10
    assert [(one.values, one.cases) for one in found.special] == [((Decimal(-999),), 200), ((Decimal(-998),), 0)]
    assert found.special[0].points > 10
    assert found.special[1].points == 0
    assert found.bins[0].high > 0


def test_too_few_to_be_judged_are_worth_nothing() -> None:
    columns, bad = cases()
    used = columns["used"].copy()
    used[numpy.flatnonzero(bad)[:29]] = numpy.nan
    assert line(learn(columns | {"used": used}, bad), "used").missing == Missing(points=0, cases=29, bad=29)
    used[numpy.flatnonzero(bad)[29]] = numpy.nan
    assert line(learn(columns | {"used": used}, bad), "used").missing.points < -20


def test_rare_categories_are_judged_together_as_unseen_ones_are() -> None:
    columns, bad = cases()
    home = columns["home"].astype(object)
    rare = numpy.flatnonzero(bad)[:60]
    home[rare] = [f"hut {at % 10}" for at in range(60)]
    home[:40] = None
    found = line(learn(columns | {"home": home}, bad), "home")
    assert {category for group in found.bins for category in group.categories} == {"own", "rent", "other"}
    assert found.unseen.cases >= 50
    assert found.unseen.bad == found.unseen.cases
    assert found.unseen.points < -20
    assert found.missing.cases == 40


def test_columns_that_say_nothing_are_left_out() -> None:
    columns, bad = cases()
    more = {
        "constant": numpy.full(ROWS, 7.0),
        "one_word": ["x"] * ROWS,
        "unknown": [None] * ROWS,
        "identifier": [f"loan {at}" for at in range(ROWS)],
        "twin": columns["income"] * 2,
    }
    card = learn(columns | more, bad)
    assert names(card) - {"twin"} == {"income", "used", "home"} - ({"income"} if "twin" in names(card) else set())


def test_a_constant_that_is_sometimes_missing_may_tell() -> None:
    columns, bad = cases()
    stated = numpy.where(bad & (numpy.arange(ROWS) % 2 == 0), numpy.nan, 1.0)
    stated[~bad & (numpy.arange(ROWS) % 9 == 0)] = numpy.nan
    found = line(learn({"stated": stated, "used": columns["used"]}, bad), "stated")
    assert len(found.bins) == 1
    assert found.missing.points < 0 < found.bins[0].points


GIVEN_AWAY: dict[str, Callable[[numpy.ndarray], Any]] = {
    "a number": lambda bad: numpy.where(bad, 3.0, 1.0) + numpy.linspace(0, 1, ROWS),
    "a falling number": lambda bad: numpy.where(bad, -3.0, 1.0) + numpy.linspace(0, 1, ROWS),
    "a category": lambda bad: numpy.where(bad, "recovered", "repaid"),
    "several categories": lambda bad: [f"{'abc'[at % 3]}{flag}" for at, flag in enumerate(bad)],
    "whether known": lambda bad: numpy.where(bad, 1.0, numpy.nan),
    "whether a text is known": lambda bad: ["recovered" if flag else None for flag in bad],
    "a number, else missing": lambda bad: numpy.where(
        numpy.arange(ROWS) % 2 == 0, numpy.where(bad, 9.0, 1.0), numpy.where(bad, 9.0, numpy.nan)
    ),
}


@pytest.mark.parametrize("kind", GIVEN_AWAY)
def test_a_column_that_gives_the_outcome_away_is_refused(kind: str) -> None:
    columns, bad = cases()
    with pytest.raises(FinanceError) as refused:
        learn(columns | {"leak": GIVEN_AWAY[kind](bad)}, bad)
    assert (refused.value.code, refused.value.field) == ("cannot_be_met", "leak")


def test_a_column_that_tells_nearly_all_is_taken() -> None:
    columns, bad = cases()
    leak = numpy.where(bad, 3.0, 1.0)
    leak[:20] = 3.0 - leak[:20] + 1.0
    found = line(learn(columns | {"leak": leak}, bad), "leak")
    assert [one.points > 0 for one in found.bins] == [True, False]


def test_the_same_cases_give_the_same_bytes() -> None:
    """Whatever the order of the columns, in this process and in another with other hashes."""
    columns, bad = german()
    text = to_json(learn(columns, bad))
    assert from_json(text) == learn(dict(reversed(columns.items())), bad.astype(int).tolist())
    program = (
        "from tests.finance.scorecard_samples import german; from finance.scorecards.learning import learn;"
        " from finance.scorecards.json_table import to_json; import sys; sys.stdout.write(to_json(learn(*german())))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "77"}
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, encoding="utf-8"
    )
    assert other.stdout == text


def test_a_learned_card_scores_without_what_learned_it() -> None:
    for source in sources("finance", "chassis", "clients", "services", "gateway", "sandbox", "suite"):
        if source.name != "scorecard_learning":
            assert "scorecard_learning import" not in source.text


ENOUGH = {"x": [0.0, 1.0] * 100}


@pytest.mark.parametrize(
    ("columns", "bad", "code", "field"),
    [
        ({}, [0, 1] * 100, "out_of_range", "columns"),
        ({str(at): [0] for at in range(201)}, [0, 1] * 100, "out_of_range", "columns"),
        ({"": [0.0] * 200}, [0, 1] * 100, "malformed_scorecard", "columns"),
        (ENOUGH, [0, 1] * 49, "out_of_range", "bad"),
        (ENOUGH, [1] * 19 + [0] * 181, "out_of_range", "bad"),
        (ENOUGH, [0] * 19 + [1] * 181, "out_of_range", "bad"),
        (ENOUGH, [0] * 200, "cannot_be_met", "bad"),
        (ENOUGH, [0, 2] * 100, "out_of_range", "bad"),
        (ENOUGH, numpy.arange(1_000_001) % 2, "out_of_range", "bad"),
        ({"x": [0.0] * 199}, [0, 1] * 100, "out_of_range", "x"),
        ({"x": [0.0, "a"] * 100}, [0, 1] * 100, "inexact_number", "x"),
        ({"x": ["a", 0.0] * 100}, [0, 1] * 100, "inexact_number", "x"),
        ({"x": [True, False] * 100}, [0, 1] * 100, "inexact_number", "x"),
        ({"x": [float("inf"), 0.0] * 100}, [0, 1] * 100, "out_of_range", "x"),
        ({"x": ["a\n", "b"] * 100}, [0, 1] * 100, "malformed_scorecard", "x"),
        ({"x": [0.0, 1.0] * 100}, [0, 0, 1, 1] * 50, "cannot_be_met", "columns"),
        ({"x": [f"word {at}" for at in range(20_001)]}, numpy.arange(20_001) % 2, "out_of_range", "x"),
    ],
)
def test_cases_that_teach_nothing_are_refused(columns: Any, bad: Any, code: str, field: str) -> None:
    with pytest.raises(FinanceError) as refused:
        learn(columns, bad)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": ""}, "malformed_scorecard", "name"),
        ({"version": "\0"}, "malformed_scorecard", "version"),
        ({"reasons": {"x": ""}}, "malformed_scorecard", "reasons"),
        ({"scaling": Scaling(0, Decimal(0), 1)}, "out_of_range", "scaling.odds"),
        ({"special": {"x": (Decimal("NaN"),)}}, "inexact_number", "special"),
        ({"special": {"x": (-999,)}}, "inexact_number", "special"),
        ({"trends": {"x": "up"}}, "unknown_choice", "trends"),
        ({"least_bin_share": 0}, "out_of_range", "least_bin_share"),
        ({"least_bin_share": 0.6}, "out_of_range", "least_bin_share"),
        ({"least_bin_share": float("nan")}, "out_of_range", "least_bin_share"),
        ({"least_information": -0.1}, "out_of_range", "least_information"),
        ({"least_information": "0.1"}, "out_of_range", "least_information"),
    ],
)
def test_options_that_mean_nothing_are_refused(change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(FinanceError) as refused:
        replace(LearningOptions(), **change)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("key", ["special", "reasons", "trends"])
def test_options_of_a_column_that_is_not_there_are_refused(key: str) -> None:
    columns, bad = cases()
    option: dict[str, Any] = {"special": (Decimal(-999),), "reasons": "x_low", "trends": "rising"}
    for name in ("usd", "home"):
        if (key, name) == ("reasons", "home"):
            continue
        with pytest.raises(FinanceError) as refused:
            learn(columns, bad, LearningOptions(**{key: {name: option[key]}}))
        assert (refused.value.code, refused.value.field) == ("unknown_choice", key)


def test_evidence_needs_an_outcome_for_each_value() -> None:
    line = Numeric("x", "x", (Interval(points=0, low=None, high=None),))
    with pytest.raises(FinanceError) as refused:
        evidence(line, [1, 2, 3], [1, 0])
    assert refused.value.field == "x"
    with pytest.raises(FinanceError) as refused:
        evidence(line, [1, 2], [1, 1])
    assert refused.value.field == "bad"


def test_a_higher_bar_leaves_more_out_and_larger_bins_are_fewer() -> None:
    columns, bad = cases()
    assert names(learn(columns, bad, LearningOptions(least_information=0.2))) < {"income", "used", "home"}
    few = line(learn(columns, bad, LearningOptions(least_bin_share=0.3)), "income").bins
    assert len(few) <= 3
    assert all(one.cases >= 0.3 * ROWS for one in few)


def test_bins_that_are_not_surely_the_best_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finance.scorecards.learning._SECONDS", 1e-9)
    with pytest.raises(FinanceError, match="no best bins"):
        learn(*cases())


@pytest.mark.parametrize("share", [0.001, 0.01, 0.2, 0.35])
@pytest.mark.parametrize("trends", [{}, {"used": "rising"}, {"used": "falling"}])
def test_bins_of_any_least_size_are_found(share: float, trends: dict[str, Any]) -> None:
    """Also where most cases have the same number, and where there are none but the same."""
    columns, bad = cases()
    columns["used"] = numpy.where(columns["used"] < 0.7, 0.0, columns["used"])
    columns["same"] = numpy.ones(ROWS)
    for one in learn(columns, bad, LearningOptions(least_bin_share=share, trends=trends)).characteristics:
        assert all((attribute.cases or 0) >= share * ROWS for attribute in one.bins)


def test_weights_of_evidence_by_hand() -> None:
    """40 of 100 bad: 10 of 50, 25 of 40 and 5 of 10 by category; the ten are not many enough to be judged when unseen."""
    bad = numpy.array([True] * 10 + [False] * 40 + [True] * 25 + [False] * 15 + [True] * 5 + [False] * 5)
    words = ["a"] * 50 + ["b"] * 40 + ["c"] * 10
    groups = tuple(Group(points=0, categories=(one,)) for one in "abc")
    found = evidence(Categorical("x", "x", groups), words, bad)
    expected = [log(40.5 / 10.5 * 40 / 60), log(15.5 / 25.5 * 40 / 60), log(5.5 / 5.5 * 40 / 60)]
    assert found.weights == pytest.approx(expected)
    shares = [40 / 60 - 10 / 40, 15 / 60 - 25 / 40, 5 / 60 - 5 / 40]
    assert found.information == pytest.approx(sum(map(lambda one, two: one * two, shares, expected)))
    unnamed = evidence(Categorical("x", "x", groups[:2], unseen=Unseen(points=0)), words, bad)
    assert unnamed.weights == pytest.approx([*expected[:2], 0])


def test_bins_of_equal_points_become_one() -> None:
    def interval(low: int | None, high: int | None, cases: int, bad: int) -> Interval:
        bounds = (None if one is None else Decimal(one) for one in (low, high))
        return Interval(points=0, low=next(bounds), high=next(bounds), cases=cases, bad=bad)

    number = Numeric(
        "x", "x", (interval(None, 1, 5, 1), interval(1, 2, 7, 2), interval(2, None, 9, 4)), (), Missing(points=0)
    )
    found = pointed(number, [3, 3, -1, 8])
    assert found.bins == (replace(interval(None, 2, 12, 3), points=3), replace(interval(2, None, 9, 4), points=-1))
    assert found.missing == Missing(points=8)
    groups = tuple(Group(points=0, categories=(one,), cases=at, bad=1) for at, one in enumerate("dbca", start=1))
    sorted_groups = pointed(Categorical("x", "x", groups, Missing(points=0), Unseen(points=0)), [1, 5, 1, -2, 7, 9])
    assert [(one.points, one.categories, one.cases) for one in sorted_groups.bins] == [
        (5, ("b",), 2),
        (1, ("c", "d"), 4),
        (-2, ("a",), 4),
    ]
    assert sorted_groups.attributes[3:] == (Missing(points=7), Unseen(points=9))


@pytest.mark.parametrize(
    ("above", "up_to", "bound"),
    [
        (8.0, 9.0, "9"),
        (24_000.0, 24_107.0, "24100"),
        (0.25028, 0.25041, "0.2504"),
        (-0.5, 0.5, "0"),
        (-3.7, -3.2, "-3.2"),
        (-3.7, -2.9, "-3"),
        (0.0, 0.00123, "0.001"),
        (99.0, 101.0, "100"),
        (1e20, 1.57e20, "1.5E+20"),
        (-5e-89, 1e-300, "0"),
    ],
)
def test_a_bound_is_the_roundest_number_between_two_values(above: float, up_to: float, bound: str) -> None:
    assert roundest(above, up_to) == Decimal(bound)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_a_bound_parts_the_values_and_no_shorter_one_does(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    assume(high - low > 1e-12 * max(abs(low), abs(high)) and high - low > 1e-80)
    found = roundest(low, high)
    assert found is not None
    assert Decimal(repr(low)) < found <= Decimal(repr(high))
    assert low < float(found) <= high
    digits = len(found.normalize().as_tuple().digits)
    assert digits <= 15
    shorter = (Context(prec=fewer, rounding=ROUND_FLOOR).plus(Decimal(repr(high))) for fewer in range(1, digits))
    assert not any(Decimal(repr(low)) < number <= Decimal(repr(high)) for number in shorter)


def test_values_too_near_for_a_bound_are_not_parted() -> None:
    known = numpy.array([0.1, numpy.nextafter(0.1, 1), 5.0])
    assert roundest(float(known[0]), float(known[1])) is None
    assert [one.high for one in intervals(known, [1, 2])] == [Decimal(5), None]
    assert roundest(0.0, 1e-89) == Decimal("1E-89")
    assert roundest(0.0, 1e-91) is None


@pytest.mark.parametrize(
    "scaled",
    [
        lambda values: values.round(3) * 1e90,
        lambda values: values.round(3) * 1e-70,
        lambda values: 2.0**40 + (values * 1_000).round(),
        lambda values: (values * 1_000).round().astype(numpy.int64),
    ],
)
def test_numbers_of_any_size_are_told_apart(scaled: Callable[[numpy.ndarray], Any]) -> None:
    columns, bad = cases()
    one, other = learn({"used": columns["used"]}, bad), learn({"used": scaled(columns["used"])}, bad)
    scores = score_many(other, {"used": scaled(columns["used"])}).points
    assert scores.tolist() == score_many(one, columns).points.tolist()


def test_of_columns_of_pure_chance_few_pass() -> None:
    """Half of them have an information value above 0.02; one in twenty shows more than chance would."""
    generator = numpy.random.default_rng(11)
    bad = generator.random(1_000) < 0.3
    noise: dict[str, Any] = {f"number {at}": generator.random(1_000) for at in range(15)}
    noise |= {f"text {at}": numpy.array(list("abcdefgh"))[generator.integers(0, 8, 1_000)] for at in range(15)}
    for at in range(15):
        noise[f"half {at}"] = numpy.where(generator.random(1_000) < 0.5, numpy.nan, generator.integers(0, 4, 1_000))
    known = {"used": numpy.where(bad, 0.5, 0.0) + generator.random(1_000)}
    assert 1 <= len(learn(known | noise, bad).characteristics) <= 5


@pytest.mark.parametrize("value", [7.0, "word"])
@pytest.mark.parametrize(("bad_missing", "tells"), [(163, False), (168, True)])
def test_being_missing_has_to_tell_more_than_chance_would(value: Any, bad_missing: int, tells: bool) -> None:
    """Of 300 bads among 1,000, half of all missing: χ² of the table of four is 3.2 with 163 bads missing, 6.2 with 168."""
    bad = numpy.arange(1_000) < 300
    column = [None] * bad_missing + [value] * 300 + [None] * (500 - bad_missing) + [value] * 200
    options = LearningOptions(least_information=0)
    if tells:
        assert names(learn({"column": column}, bad, options)) == {"column"}
        return
    with pytest.raises(FinanceError, match="no column tells"):
        learn({"column": column}, bad, options)

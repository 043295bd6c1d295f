from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import FinanceError, InexactNumber, MissingArgument, OutOfRange
from finance.scorecards.cards import MOST_REASONS, Grade, Part, Scaling, Scorecard, grade_of, reasons_of, score
from finance.scorecards.characteristics import (
    Categorical,
    Group,
    Interval,
    MalformedScorecard,
    Missing,
    Numeric,
    Special,
    Unseen,
    plain,
)
from tests.finance.scorecard_strategies import cards, values_of


def bins(*points_below: tuple[int, str | None]) -> tuple[Interval, ...]:
    bounds = [None, *(None if below is None else Decimal(below) for _, below in points_below)]
    return tuple(
        Interval(low=low, high=high, points=points)
        for (points, _), (low, high) in zip(points_below, pairwise(bounds), strict=True)
    )


EMPLOYED = Numeric(
    "months_employed",
    "short_employment",
    bins((-14, "12"), (0, "36.5"), (9, None)),
    (Special(values=(Decimal(-999), Decimal(-998)), points=20),),
    Missing(points=-5),
)
HOME = Categorical(
    "home",
    "rents_home",
    (Group(categories=("OWN", "MORTGAGE"), points=5), Group(categories=("RENT",), points=-6)),
    Missing(points=1),
    Unseen(points=2),
)
STRICT = Numeric("late_payments", "paid_late", bins((25, "1"), (8, "2"), (0, None)))
GRADES = (Grade("A", 540), Grade("B", 510), Grade("C", None))
CARD = Scorecard("test", "1", 500, (EMPLOYED, HOME, STRICT), Scaling(500, Decimal(30), 20), GRADES)
FACTS: dict[str, Any] = {"months_employed": 40, "home": "OWN", "late_payments": 0}


def points_of(**facts: Any) -> list[int]:
    return [part.points for part in score(CARD, FACTS | facts).parts]


def test_a_score_is_the_base_and_the_points_of_each_characteristic() -> None:
    found = score(CARD, FACTS)
    assert found.points == 500 + 9 + 5 + 25
    assert found.grade == "B"
    assert found.reasons == ()
    assert [part.attribute for part in found.parts] == ["from 36.5", "OWN, MORTGAGE", "below 1"]


@pytest.mark.parametrize(
    ("value", "points"),
    [
        (0, -14),
        (-1_000, -14),
        (Decimal("11.999999999999999999999"), -14),
        (12, 0),
        (Decimal("12.0"), 0),
        (36, 0),
        (Decimal("36.5"), 9),
        (10**15, 9),
        (-999, 20),
        (Decimal("-998.00"), 20),
        (None, -5),
    ],
)
def test_an_interval_holds_its_lower_bound_and_codes_go_first(value: Any, points: int) -> None:
    assert points_of(months_employed=value)[0] == points


@pytest.mark.parametrize(
    ("value", "points"), [("OWN", 5), ("MORTGAGE", 5), ("RENT", -6), ("CASTLE", 2), ("own", 2), (None, 1)]
)
def test_a_category_is_told_to_the_letter(value: str | None, points: int) -> None:
    assert points_of(home=value)[1] == points


def test_facts_of_no_use_are_ignored() -> None:
    assert score(CARD, FACTS | {"shoe_size": 0.5}) == score(CARD, FACTS)


@pytest.mark.parametrize(
    ("facts", "error", "field"),
    [
        ({"months_employed": 40, "home": "OWN"}, MissingArgument, "late_payments"),
        (FACTS | {"late_payments": None}, OutOfRange, "late_payments"),
        (FACTS | {"late_payments": "0"}, InexactNumber, "late_payments"),
        (FACTS | {"late_payments": 0.0}, InexactNumber, "late_payments"),
        (FACTS | {"late_payments": float("nan")}, InexactNumber, "late_payments"),
        (FACTS | {"late_payments": Decimal("NaN")}, InexactNumber, "late_payments"),
        (FACTS | {"late_payments": Decimal("-Infinity")}, InexactNumber, "late_payments"),
        (FACTS | {"late_payments": True}, InexactNumber, "late_payments"),
        (FACTS | {"late_payments": Fraction(1)}, InexactNumber, "late_payments"),
        (FACTS | {"late_payments": Decimal("1E+400")}, OutOfRange, "late_payments"),
        (FACTS | {"home": 1}, InexactNumber, "home"),
    ],
)
def test_a_fact_that_cannot_be_scored_is_named(facts: dict[str, Any], error: type[FinanceError], field: str) -> None:
    with pytest.raises(error) as refused:
        score(CARD, facts)
    assert refused.value.field == field


def test_an_unseen_category_without_a_rule_is_refused() -> None:
    card = replace(CARD, characteristics=(replace(HOME, unseen=None),))
    assert score(card, {"home": "RENT"}).points == 494
    with pytest.raises(OutOfRange, match="CASTLE"):
        score(card, {"home": "CASTLE"})


def test_reasons_are_the_largest_losses_against_the_best_bin() -> None:
    assert score(CARD, {"months_employed": 3, "home": "RENT", "late_payments": 1}).reasons == (
        "short_employment",
        "paid_late",
        "rents_home",
    )
    # Not known is 14 points worse than the best bin; an unseen home 3, and a code loses nothing against any bin.
    assert score(CARD, {"months_employed": None, "home": "CASTLE", "late_payments": 0}).reasons == (
        "short_employment",
        "rents_home",
    )
    assert score(CARD, FACTS | {"months_employed": -999}).reasons == ()


def test_equal_losses_keep_the_order_of_the_card_and_at_most_four_are_told() -> None:
    losses = [("a", 5), ("b", 9), ("c", 5), ("d", 0), ("e", 9), ("f", 5)]
    parts = [Part(name, "", 10 - lost, 10, name) for name, lost in losses]
    assert reasons_of(parts) == ("b", "e", "a", "c")
    assert MOST_REASONS == 4


def test_one_reason_of_several_characteristics_is_told_once() -> None:
    parts = [
        Part(str(at), "", -lost, 0, reason)
        for at, (lost, reason) in enumerate([(1, "x"), (7, "y"), (9, "x"), (2, "z")])
    ]
    assert reasons_of(parts) == ("x", "y", "z")


def test_grades_begin_at_their_lowest_score() -> None:
    assert [grade_of(CARD, points) for points in (9_999, 540, 539, 510, 509, -9_999)] == ["A", "A", "B", "B", "C", "C"]
    assert grade_of(replace(CARD, grades=()), 600) is None


def test_scaling_of_siddiqi() -> None:
    """N. Siddiqi, "Credit Risk Scorecards", "Scorecard scaling": 600 points at 50:1, 20 to double the odds: factor 28.8539,
    offset 487.123; odds of 100:1 are 620 points."""
    scaling = Scaling(600, Decimal(50), 20)
    assert scaling.probability_of_bad(600) == pytest.approx(1 / 51, rel=1e-12)
    assert scaling.probability_of_bad(620) == pytest.approx(1 / 101, rel=1e-12)
    for points in (300, 487, 560, 700):
        odds = 1 / scaling.probability_of_bad(points) - 1
        assert 487.123 + 28.8539 * log(odds) == pytest.approx(points, abs=0.001)


def test_a_probability_is_one_whatever_the_points() -> None:
    scaling = Scaling(0, Decimal(1), 1)
    assert scaling.probability_of_bad(1_000_000) == 0
    assert scaling.probability_of_bad(-1_000_000) == 1
    assert scaling.probability_of_bad(0) == 0.5
    assert score(replace(CARD, scaling=None), FACTS).probability_bad is None
    assert score(replace(CARD, scaling=Scaling(539, Decimal(3), 20)), FACTS).probability_bad == pytest.approx(0.25)


@given(st.data())
def test_every_value_has_one_attribute_and_the_parts_sum(data: st.DataObject) -> None:
    """Against a second reading of the table, attribute by attribute."""
    card = data.draw(cards())
    facts: dict[str, Any] = {}
    for line in card.characteristics:
        value = data.draw(values_of(line))
        facts[line.name] = Decimal(repr(value)) if isinstance(value, float) else value
    try:
        found = score(card, facts)
    except OutOfRange as refused:
        line = next(one for one in card.characteristics if one.name == refused.field)
        assert (
            line.missing is None if facts[line.name] is None else isinstance(line, Categorical) and line.unseen is None
        )
        return
    assert found.points == card.base_points + sum(part.points for part in found.parts)
    for line, part in zip(card.characteristics, found.parts, strict=True):
        assert part.points == naive_points(line, facts[line.name])
        assert part.best_points == max(one.points for one in line.bins)


def naive_points(line: Numeric | Categorical, value: Any) -> int:
    if value is None:
        assert line.missing
        return line.missing.points
    if isinstance(line, Categorical):
        found = [group.points for group in line.bins if value in group.categories]
        return found[0] if found else line.unseen.points if line.unseen else 0
    coded = [one.points for one in line.special for code in one.values if code == value]
    within = [
        one.points
        for one in line.bins
        if (one.low is None or one.low <= value) and not (one.high is not None and one.high <= value)
    ]
    assert len(within) == 1
    return (coded or within)[0]


LAST = Interval(low=Decimal(2), high=None, points=0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"version": "x" * 201}, "version"),
        ({"base_points": 1_000_001}, "base_points"),
        ({"base_points": True}, "base_points"),
        ({"characteristics": (HOME, HOME)}, "characteristics"),
        ({"characteristics": (HOME,) * 201}, "characteristics"),
        ({"scaling": Scaling(0, Decimal(0), 20)}, "scaling.odds"),
        ({"scaling": Scaling(0, Decimal(1_000_001), 20)}, "scaling.odds"),
        ({"scaling": Scaling(0, Decimal("NaN"), 20)}, "scaling.odds"),
        ({"scaling": Scaling(0, Decimal(1), 0)}, "scaling.points_to_double_odds"),
        ({"scaling": Scaling(2_000_000, Decimal(1), 1)}, "scaling.points"),
        ({"grades": (Grade("A", 1),)}, "grades[0]"),
        ({"grades": (Grade("A", None), Grade("B", None))}, "grades[0]"),
        ({"grades": (Grade("A", 5), Grade("B", 5), Grade("C", None))}, "grades[1]"),
        ({"grades": (Grade("A", 5), Grade("A", None))}, "grades"),
        ({"grades": (Grade("", None),)}, "grades[0]"),
        ({"grades": (Grade("A", -1_000_001), Grade("B", None))}, "grades[0]"),
        ({"grades": (*(Grade(str(at), -at) for at in range(100)), Grade("Z", None))}, "grades"),
    ],
)
def test_a_card_that_says_nothing_clear_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(FinanceError) as refused:
        replace(CARD, **change)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (replace(STRICT, name=" \t"), ".name"),
        (replace(STRICT, reason=""), ".reason"),
        (replace(STRICT, bins=()), ".bins"),
        (replace(STRICT, bins=bins((1, "1"), (2, "1"), (3, None))), ".bins[1]"),
        (replace(STRICT, bins=bins((1, "2"), (2, "1"), (3, None))), ".bins[1]"),
        (replace(STRICT, bins=(*bins((1, "1"), (2, None))[:1], LAST)), ".bins[1]"),
        (replace(STRICT, bins=(LAST,)), ".bins[0]"),
        (replace(STRICT, bins=bins((1, None), (2, None))), ".bins[0]"),
        (replace(STRICT, bins=bins((1, "1"))), ".bins[0]"),
        (replace(STRICT, bins=bins((1, "NaN"), (2, None))), ".bins[0]"),
        (replace(STRICT, bins=bins((1, "0.1234567890123456"), (2, None))), ".bins[0]"),
        (replace(STRICT, bins=bins((1_000_001, None))), ".points"),
        (replace(STRICT, bins=bins(*((at, str(at)) for at in range(100)), (0, None))), ""),
        (replace(STRICT, bins=(Interval(low=None, high=None, points=0, cases=3),)), ".cases"),
        (replace(STRICT, bins=(Interval(low=None, high=None, points=0, cases=3, bad=4),)), ".bad"),
        (replace(STRICT, bins=(Interval(low=None, high=None, points=0, cases=-1, bad=0),)), ".cases"),
        (replace(STRICT, special=(Special(values=(), points=0),)), ".special"),
        (replace(STRICT, special=(Special(values=(Decimal(1), Decimal("1.0")), points=0),)), ".special"),
        (replace(STRICT, special=(Special(values=(Decimal("Infinity"),), points=0),)), ".special"),
        (replace(HOME, bins=()), ".bins"),
        (replace(HOME, bins=(Group(categories=(), points=0),)), ".bins"),
        (replace(HOME, bins=(Group(categories=("a",), points=0), Group(categories=("b", "a"), points=0))), ".bins"),
        (replace(HOME, bins=(Group(categories=("",), points=0),)), ".bins"),
        (replace(HOME, bins=(Group(categories=tuple(map(str, range(20_001))), points=0),)), ".bins"),
    ],
)
def test_a_characteristic_gives_every_value_one_number_of_points(line: Numeric | Categorical, field: str) -> None:
    with pytest.raises(FinanceError) as refused:
        Scorecard("test", "1", 0, (HOME if line.name != "home" else STRICT, line))
    assert refused.value.field == "characteristics[1]" + field
    assert refused.value.code in {"malformed_scorecard", "out_of_range", "inexact_number"}


def test_bounds_have_as_many_digits_as_a_float_keeps() -> None:
    for bound in ("123456789012345", "0.123456789012345", "1E+60", "-0.000123456789012345"):
        Scorecard("test", "1", 0, (replace(STRICT, bins=bins((1, bound), (2, None))),))
    with pytest.raises(MalformedScorecard):
        Scorecard("test", "1", 0, (replace(STRICT, name="x" * 201),))


def test_numbers_are_written_as_one_writes_them() -> None:
    written = [plain(Decimal(text)) for text in ("1E+3", "0.50", "-0.0", "100", "36.5", "1200.000", "-7E-3")]
    assert written == ["1000", "0.5", "0", "100", "36.5", "1200", "-0.007"]
    assert STRICT.bins[1].label == "from 1, below 2"
    assert Interval(low=None, high=None, points=0).label == "any number"
    assert EMPLOYED.special[0].label == "special -999, -998"
    assert (Missing(points=0).label, Unseen(points=0).label) == ("missing", "unseen")

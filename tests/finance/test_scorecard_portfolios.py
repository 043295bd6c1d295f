from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, FinanceError, InexactNumber, MissingArgument, OutOfRange
from finance.scorecards.cards import Scorecard, Scored, score
from finance.scorecards.portfolios import numbers, outcomes, score_many
from tests.finance.scorecard_strategies import cards, values_of
from tests.finance.test_scorecards import CARD, EMPLOYED, HOME, STRICT

COLUMNS: dict[str, Any] = {
    "months_employed": numpy.array([40, 12, numpy.nan, -999, 36.4999]),
    "home": ["OWN", None, "CASTLE", "RENT", "RENT"],
    "late_payments": numpy.array([0, 1, 2, 3, 0]),
}


def test_a_column_of_each_fact_gives_a_score_a_row() -> None:
    found = score_many(CARD, COLUMNS)
    assert found.points.tolist() == [539, 509, 497, 514, 519]
    assert found.points.dtype == numpy.int64


@given(st.data())
def test_many_are_scored_as_each_alone(data: st.DataObject) -> None:
    card: Scorecard = data.draw(cards().filter(lambda one: one.characteristics))
    rows = data.draw(st.integers(1, 6))
    columns: dict[str, Any] = {
        line.name: data.draw(st.lists(values_of(line), min_size=rows, max_size=rows)) for line in card.characteristics
    }
    alone = [alone_at(card, columns, at) for at in range(rows)]
    if None in alone:
        with pytest.raises(OutOfRange):
            score_many(card, columns)
        return
    found = score_many(card, columns)
    assert found.points.tolist() == [one.points for one in alone if one]
    probabilities = None if found.probability_bad is None else found.probability_bad.tolist()
    assert probabilities == (card.scaling and [one.probability_bad for one in alone if one])


def alone_at(card: Scorecard, columns: dict[str, Any], at: int) -> Scored | None:
    facts = {name: column[at] for name, column in columns.items()}
    exact = {name: Decimal(repr(one)) if isinstance(one, float) else one for name, one in facts.items()}
    try:
        return score(card, exact)
    except OutOfRange:
        return None


@pytest.mark.parametrize(
    "column",
    [
        numpy.array([40, 0]),
        numpy.array([40, 0], dtype=numpy.uint8),
        numpy.array([40, 0], dtype=object),
        [40, 0.0],
        [numpy.float64(40), numpy.int64(0)],
    ],
)
def test_numbers_come_as_lists_and_arrays(column: Any) -> None:
    card = replace(CARD, characteristics=(EMPLOYED,))
    assert score_many(card, {"months_employed": column}).points.tolist() == [509, 486]


def test_texts_come_as_lists_and_arrays() -> None:
    card = replace(CARD, characteristics=(HOME,))
    for column in (["OWN", "x"], numpy.array(["OWN", "x"]), numpy.array(["OWN", "x"], dtype=object)):
        assert score_many(card, {"home": column}).points.tolist() == [505, 502]


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"home": None}, MissingArgument, "home"),
        ({"home": ["OWN"] * 4}, OutOfRange, "home"),
        ({"home": [1] * 5}, InexactNumber, "home"),
        ({"home": ["OWN", float("nan"), "OWN", "OWN", "OWN"]}, InexactNumber, "home"),
        ({"late_payments": [0, 1, None, 0, 0]}, OutOfRange, "late_payments"),
        ({"late_payments": [0, 1, float("inf"), 0, 0]}, OutOfRange, "late_payments"),
        ({"late_payments": [0, 1, 2**53 + 1, 0, 0]}, OutOfRange, "late_payments"),
        ({"late_payments": numpy.array([0, 1, -(2**53) - 1, 0, 0])}, OutOfRange, "late_payments"),
        ({"late_payments": numpy.array([0, 1, 2**63, 0, 0], dtype=numpy.uint64)}, OutOfRange, "late_payments"),
        ({"late_payments": [0, 1, True, 0, 0]}, InexactNumber, "late_payments"),
        ({"late_payments": [0, 1, "2", 0, 0]}, InexactNumber, "late_payments"),
        ({"late_payments": [0, 1, Decimal(2), 0, 0]}, InexactNumber, "late_payments"),
        ({"late_payments": numpy.zeros(5, dtype=numpy.float32)}, InexactNumber, "late_payments"),
        ({"late_payments": numpy.zeros(5, dtype=numpy.bool_)}, InexactNumber, "late_payments"),
        ({"late_payments": numpy.zeros((5, 1))}, InexactNumber, "late_payments"),
    ],
)
def test_a_column_that_cannot_be_scored_is_named(change: dict[str, Any], error: type[FinanceError], field: str) -> None:
    columns = {name: column for name, column in (COLUMNS | change).items() if column is not None}
    with pytest.raises(error) as refused:
        score_many(CARD, columns)
    assert refused.value.field == field


def test_a_category_without_a_rule_is_refused() -> None:
    with pytest.raises(OutOfRange, match="CASTLE"):
        score_many(replace(CARD, characteristics=(replace(HOME, unseen=None),)), COLUMNS)
    with pytest.raises(OutOfRange, match="not known"):
        score_many(replace(CARD, characteristics=(replace(HOME, missing=None),)), COLUMNS)


def test_too_many_rows_are_refused() -> None:
    zeros = numpy.broadcast_to(numpy.array(0.0), (5_000_001,))
    with pytest.raises(OutOfRange):
        score_many(replace(CARD, characteristics=(STRICT,)), {"late_payments": zeros})


def test_a_float_that_is_not_quite_the_bound_is_below_it() -> None:
    below = numpy.nextafter(12.0, 0)
    assert numbers([below], "x")[0] != 12
    card = replace(CARD, characteristics=(EMPLOYED,))
    assert score_many(card, {"months_employed": [below, 12.0]}).points.tolist() == [486, 500]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ([0, 1, 2], OutOfRange),
        ([0.0, 1.0], InexactNumber),
        (["0", "1"], InexactNumber),
        ([[0, 1]], InexactNumber),
        ([[0], [0, 1]], InexactNumber),
        ([1, 10**30], InexactNumber),
        ([None, 1], InexactNumber),
        ([0, 0], CannotBeMet),
        ([1, 1], CannotBeMet),
        (numpy.zeros(0, dtype=numpy.int64), CannotBeMet),
        (numpy.broadcast_to(numpy.array(True), (5_000_001,)), OutOfRange),
    ],
)
def test_outcomes_are_one_and_nought_and_some_of_each(bad: Any, error: type[FinanceError]) -> None:
    with pytest.raises(error) as refused:
        outcomes(bad)
    assert refused.value.field == "bad"


def test_outcomes_come_as_bools_or_numbers() -> None:
    for bad in ([True, False], [1, 0], numpy.array([1, 0], dtype=numpy.uint8)):
        assert outcomes(bad).tolist() == [True, False]


def test_a_hundred_thousand_are_scored_at_once() -> None:
    """Some tens of milliseconds; the bound tells a column worked on row by row in Python, whatever else the machine does."""
    rows = 100_000
    generator = numpy.random.default_rng(1)
    columns: dict[str, Any] = {
        "months_employed": generator.integers(0, 60, rows),
        "home": numpy.array(["OWN", "RENT", None], dtype=object)[generator.integers(0, 3, rows)],
        "late_payments": generator.integers(0, 3, rows).astype(numpy.float64),
    }
    started = perf_counter()
    found = score_many(CARD, columns)
    assert perf_counter() - started < 2
    for at in (0, 17, 99_999):
        facts = {name: column[at] for name, column in columns.items()}
        exact = {name: one if one is None or isinstance(one, str) else int(one) for name, one in facts.items()}
        assert found.points[at] == score(CARD, exact).points

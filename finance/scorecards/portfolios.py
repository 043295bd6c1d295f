"""Scores of many applicants at once, equal to `finance.scorecards.cards.score` of each, points and probabilities.

A column holds one fact of all of them: numbers with None or NaN for what is not known, or texts and None, as a list or an
array (float64, integers, texts, objects). A float stands for the decimal it is written as: 0.35 is 0.35, and falls on the
same side of each bound as Decimal("0.35") does. (What is nearer to 0 than 10^-80 `score` may refuse as too fine.)
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy
from numpy.typing import NDArray

from finance.errors import CannotBeMet, InexactNumber, MissingArgument, OutOfRange, WrongShape
from finance.exact import of_kind, shown
from finance.scorecards.cards import Scorecard
from finance.scorecards.characteristics import (
    Categorical,
    Characteristic,
    Numeric,
    rule_for_missing,
    rule_for_unseen,
)

Column = Sequence[str | None] | Sequence[float | None] | NDArray[Any]
Outcomes = Sequence[bool] | Sequence[int] | NDArray[Any]
Integers = NDArray[numpy.int64]
Floats = NDArray[numpy.float64]
Objects = NDArray[numpy.object_]

LARGEST_ROWS = 5_000_000
_LARGEST_NUMBER = 1e100
_LARGEST_WHOLE = 2**53
"""Beyond it integers and their float64 part."""


class PortfolioScores(NamedTuple):
    """One element a row. probability_bad None: the card has no scaling."""

    points: Integers
    probability_bad: Floats | None


def score_many(card: Scorecard, columns: Mapping[str, Column]) -> PortfolioScores:
    """Points and probabilities of all rows. Columns the card has no use for are ignored, those it needs are of one length.

    Raises `MissingArgument` for a column that is absent, `InexactNumber` for a value of the wrong type, `OutOfRange` for
    columns too long or of different lengths, an infinity, or a value the card has no rule for.
    """
    of_kind(card, Scorecard, "card")
    of_kind(columns, Mapping, "columns")
    points = numpy.full(_rows(card, columns), card.base_points, dtype=numpy.int64)
    for one in card.characteristics:
        worth = numpy.array([attribute.points for attribute in one.attributes], dtype=numpy.int64)
        points += worth[attribute_numbers(one, columns[one.name])]
    if card.scaling is None:
        return PortfolioScores(points, None)
    different, places = numpy.unique(points, return_inverse=True)
    probabilities = numpy.array([card.scaling.probability_of_bad(int(one)) for one in different], dtype=numpy.float64)
    return PortfolioScores(points, probabilities[places])


def attribute_numbers(characteristic: Characteristic, column: Column) -> Integers:
    """For each row the place of its attribute in `characteristic.attributes`."""
    if isinstance(characteristic, Categorical):
        return _of_categories(characteristic, texts(column, characteristic.name).tolist())
    return _of_numbers(characteristic, numbers(column, characteristic.name))


def numbers(column: Column, name: str) -> Floats:
    """A column of numbers as float64, NaN where not known; what a float64 would change is refused."""
    rows_of(column, name)
    if not isinstance(column, numpy.ndarray) or column.dtype == object:
        column = numpy.array([_float_or_nan(value, name) for value in column], dtype=numpy.float64)
    if column.ndim != 1 or (column.dtype.kind not in "iu" and column.dtype != numpy.float64):
        raise InexactNumber(f"{name} must be a column of integers or of float64", field=name)
    if column.dtype.kind in "iu" and ((column > _LARGEST_WHOLE).any() or (column < -_LARGEST_WHOLE).any()):
        raise OutOfRange(f"{name} has integers that no float64 holds", field=name)
    values = column.astype(numpy.float64)
    if (numpy.abs(values) > _LARGEST_NUMBER).any():
        raise OutOfRange(f"{name} must be finite, and at most {_LARGEST_NUMBER}", field=name)
    return values


def texts(column: Column, name: str) -> Objects:
    """A column of texts, None where not known."""
    rows_of(column, name)
    values = column.tolist() if isinstance(column, numpy.ndarray) else list(column)
    for value in values:
        if value is not None and not isinstance(value, str):
            raise InexactNumber(f"{name} is a column of texts and None, not {shown(value)}", field=name)
    return numpy.array(values, dtype=numpy.object_)


def rows_of(column: Column, name: str) -> int:
    """How many rows a column has; `WrongShape` for what is no column, a single text included."""
    is_list = isinstance(column, Sequence) and not isinstance(column, str | bytes)
    if not is_list and not (isinstance(column, numpy.ndarray) and column.ndim):
        raise WrongShape(f"{name} must be a column, not {shown(column)}", field=name)
    return len(column)


def has_texts(column: Column) -> bool:
    if isinstance(column, numpy.ndarray) and column.dtype != numpy.object_:
        return column.dtype.kind == "U"
    return any(isinstance(value, str) for value in column)


def outcomes(bad: Outcomes) -> NDArray[numpy.bool_]:
    """Which cases went bad: a bool or 1 and 0 for each, at least one of each kind."""
    try:
        array = numpy.asarray(bad)
    except ValueError:  # lists of different lengths within
        array = numpy.empty((0, 0))
    if array.ndim != 1 or array.dtype.kind not in "biu":
        raise InexactNumber("bad must be a column of bools, or of 1 and 0", field="bad")
    if len(array) > LARGEST_ROWS:
        raise OutOfRange(f"at most {LARGEST_ROWS} rows, not {len(array)}", field="bad", most=LARGEST_ROWS)
    if not numpy.isin(array, (0, 1)).all():
        raise OutOfRange("bad must be 1 or 0", field="bad")
    flags = array.astype(numpy.bool_)
    if not flags.any() or flags.all():
        raise CannotBeMet("cases that went bad and cases that did not are needed", field="bad")
    return flags


def _of_numbers(characteristic: Numeric, values: Floats) -> Integers:
    bounds = [float(one.high) for one in characteristic.bins if one.high is not None]
    places = numpy.searchsorted(numpy.array(bounds, dtype=numpy.float64), values, side="right").astype(numpy.int64)
    for at, special in enumerate(characteristic.special, start=len(characteristic.bins)):
        places[numpy.isin(values, [float(value) for value in special.values])] = at
    unknown = numpy.isnan(values)
    if unknown.any():
        rule_for_missing(characteristic)
        places[unknown] = len(characteristic.attributes) - 1
    return places


def _of_categories(characteristic: Categorical, values: list[str | None]) -> Integers:
    place_of: dict[str | None, int] = {
        category: at for at, group in enumerate(characteristic.bins) for category in group.categories
    }
    for value in set(values) - place_of.keys():
        if value is None:
            rule_for_missing(characteristic)
            place_of[None] = len(characteristic.bins)
        else:
            rule_for_unseen(characteristic, value)
            place_of[value] = len(characteristic.attributes) - 1
    return numpy.fromiter((place_of[value] for value in values), dtype=numpy.int64, count=len(values))


def _float_or_nan(value: object, name: str) -> float:
    if value is None:
        return numpy.nan
    if isinstance(value, float):
        return value
    if isinstance(value, bool) or not isinstance(value, int | numpy.integer):
        raise InexactNumber(f"{name} is a column of numbers and None, not {shown(value)}", field=name)
    if abs(int(value)) > _LARGEST_WHOLE:
        raise OutOfRange(f"{name} has integers that no float64 holds", field=name)
    return float(value)


def _rows(card: Scorecard, columns: Mapping[str, Column]) -> int:
    """The length that all columns have; without characteristics there is nothing to score."""
    rows: int | None = None
    for one in card.characteristics:
        if one.name not in columns:
            raise MissingArgument(f"a column {one.name} is needed", field=one.name)
        length = rows_of(columns[one.name], one.name)
        if length > LARGEST_ROWS or (rows is not None and length != rows):
            raise OutOfRange(f"{one.name} has {length} rows", field=one.name, most=LARGEST_ROWS)
        rows = length
    return rows or 0

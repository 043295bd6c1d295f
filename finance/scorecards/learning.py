"""Learning a scorecard from cases whose outcome is known. Alone of `finance` it needs optbinning and scikit-learn.

1. Each column is cut into bins: of all cuts with which the share of bad rises, or falls, from bin to bin, those that keep
   most information (G. Navas-Palencia, "Optimal binning: mathematical programming formulation", arXiv 2001.08025).
   Categories are grouped likewise. Missing values and special codes are attributes of their own; categories of few cases
   are not named, and count as unseen ones.
2. Values become the weight of evidence of their attribute. Columns stay out that have little information, or so little
   that the best cuts of a column of pure chance would often show as much.
3. A logistic regression with a small L2 penalty weighs the columns. One whose weight is not clearly above 0 adds nothing
   to the others, or contradicts its own bins: the least clear goes, until all are clear.
4. Weights become whole points by the scaling (Siddiqi, "Scorecard scaling"); an attribute with the average share of bad
   is worth 0.

The same cases give the same card, to the byte.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil, log
from typing import Any, Literal, get_args

import numpy
from numpy.typing import NDArray
from optbinning import OptimalBinning
from sklearn.linear_model import LogisticRegression

from finance.errors import CannotBeMet, OutOfRange, UnknownChoice
from finance.exact import listed, of_kind, shown
from finance.scorecards.cards import LARGEST_CHARACTERISTICS, Scaling, Scorecard
from finance.scorecards.chance import chi_square_tail, one_way_tail, standard_errors
from finance.scorecards.characteristics import (
    LARGEST_ATTRIBUTES,
    LARGEST_CATEGORIES,
    Categorical,
    Characteristic,
    Group,
    Missing,
    Numeric,
    Special,
    Unseen,
    check_bound,
    check_text,
)
from finance.scorecards.evidence import LEAST_CASES, Evidence, evidence, gives_outcome_away, intervals, pointed
from finance.scorecards.portfolios import (
    Column,
    Floats,
    Objects,
    Outcomes,
    has_texts,
    numbers,
    outcomes,
    rows_of,
    texts,
)

Flags = NDArray[numpy.bool_]
Trend = Literal["rising", "falling"]

LARGEST_ROWS_LEARNED = 1_000_000
LEAST_ROWS, LEAST_OF_A_KIND = 100, 20
"""Fewer rows, or fewer that went bad or did not, are refused: what they say is chance."""
LEAST_CATEGORY_SHARE = 0.01
LARGEST_CHANCE = 0.05
_MOST_LEVELS = 50
"""What a column of many different numbers counts as, found by simulation: of columns of pure chance, 500 to 20,000 cases,
5 in 100 pass `LARGEST_CHANCE`."""
LEAST_CLARITY = 2**0.5
"""Weight ÷ standard error that a column must have beside the others: above it the column improves Akaike's criterion."""
PENALTY = 1.0
"""Times ½ · Σ weights², against the log-likelihood of all cases: it is felt where these are few."""
_TRENDS = {"rising": "ascending", "falling": "descending"}
_SECONDS = 60
"""No column needs more than a fraction of one. Cuts found by a clock would differ from machine to machine."""


@dataclass(frozen=True, slots=True)
class LearningOptions:
    """How to learn; the mappings are by name of column.

    special: numbers that are codes. reasons: the code told (by default the column's name). trends: how the share of bad
    goes as the number goes up, where that is known beforehand; else the cases decide. least_bin_share: of the cases with a
    measure, in each bin. least_information: columns of less information value are left out (Siddiqi: below 0.02 is
    unpredictive).
    """

    name: str = "learned"
    version: str = "1"
    scaling: Scaling = field(default_factory=lambda: Scaling(600, Decimal(50), 20))
    special: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    trends: Mapping[str, Trend] = field(default_factory=dict)
    least_bin_share: float = 0.05
    least_information: float = 0.02

    def __post_init__(self) -> None:
        for text, key in ((self.name, "name"), (self.version, "version")):
            check_text(text, key)
        for mapping, key in ((self.special, "special"), (self.reasons, "reasons"), (self.trends, "trends")):
            of_kind(mapping, Mapping, key)
        for reason in self.reasons.values():
            check_text(reason, "reasons")
        of_kind(self.scaling, Scaling, "scaling").check()
        _within("least_bin_share", self.least_bin_share, 0.001, 0.5)
        _within("least_information", self.least_information, 0, 10)
        for codes in self.special.values():
            for code in listed(codes, "special", most=LARGEST_ATTRIBUTES):
                check_bound(code, "special")
        for name, trend in self.trends.items():
            if not isinstance(trend, str) or trend not in get_args(Trend):
                raise UnknownChoice(f"the trend of {name} is rising or falling, not {shown(trend)}", field="trends")


def learn(columns: Mapping[str, Column], bad: Outcomes, options: LearningOptions | None = None) -> Scorecard:
    """A card of the columns that tell who goes bad, the most telling first, each attribute with its cases and bads.

    Columns hold what was known at application, by the name of the characteristic: numbers, or texts, None where not known
    (see `finance.scorecards.portfolios`). Probabilities are those of the cases learned from: a sample with more bads than
    real life has gives higher ones. Raises `OutOfRange` for too few or too many rows or columns, or different lengths;
    `InexactNumber` for a column of mixed types; `CannotBeMet` where all cases ended alike, no column tells anything, or one
    tells everything: such a column was not known beforehand; `UnknownChoice` for options of columns that are not there.
    `field` is the column.
    """
    options = options or LearningOptions()
    flags = outcomes(bad)
    _check(columns, flags, options)
    found = [_telling(name, column, flags, options) for name, column in columns.items()]
    telling = sorted((one for one in found if one), key=lambda one: (-one.information, one.characteristic.name))
    clear, weights, constant = _weighed(telling, flags)
    factor = options.scaling.points_to_double_odds / log(2)
    base = options.scaling.points + factor * (constant - log(options.scaling.odds))
    characteristics = (
        pointed(one.characteristic, [round(factor * weight * evident) for evident in one.weights.tolist()])
        for one, weight in zip(clear, weights, strict=True)
    )
    return Scorecard(options.name, options.version, round(base), tuple(characteristics), options.scaling)


def _check(columns: Mapping[str, Column], flags: Flags, options: LearningOptions) -> None:
    if not 1 <= len(of_kind(columns, Mapping, "columns")) <= LARGEST_CHARACTERISTICS:
        raise OutOfRange(f"from 1 to {LARGEST_CHARACTERISTICS} columns, not {len(columns)}", field="columns")
    if not LEAST_ROWS <= len(flags) <= LARGEST_ROWS_LEARNED:
        raise OutOfRange(f"from {LEAST_ROWS} to {LARGEST_ROWS_LEARNED} rows, not {len(flags)}", field="bad")
    if min(int(flags.sum()), int((~flags).sum())) < LEAST_OF_A_KIND:
        raise OutOfRange(f"at least {LEAST_OF_A_KIND} cases that went bad and as many that did not", field="bad")
    for name, column in columns.items():
        check_text(name, "columns")
        if rows_of(column, name) != len(flags):
            raise OutOfRange(f"{name} has {len(column)} rows, bad has {len(flags)}", field=name)
    for key, named in (("special", options.special), ("reasons", options.reasons), ("trends", options.trends)):
        for name in named:
            if name not in columns or (key != "reasons" and has_texts(columns[name])):
                raise UnknownChoice(f"{name} is no column that could have {key}", field=key)


def _telling(name: str, column: Column, flags: Flags, options: LearningOptions) -> Evidence | None:
    """None: it tells nothing, or no more than chance might."""
    line: Characteristic
    values: NDArray[Any]
    if has_texts(column):
        values = texts(column, name)
        line = _categorical(name, values, flags, options)
    else:
        values = numbers(column, name)
        line = _numeric(name, values, flags, options)
    if not line.bins:
        return None
    found = evidence(line, values, flags)
    if gives_outcome_away(found, values, flags):
        raise CannotBeMet(f"{name} tells every outcome; it cannot have been known beforehand", field=name)
    if found.information < options.least_information or _chance(found, values, flags, options) > LARGEST_CHANCE:
        return None
    return found


def _chance(found: Evidence, values: NDArray[Any], flags: Flags, options: LearningOptions) -> float:
    """How likely the best bins of a column of pure chance have as much information.

    Information · goods · bads ÷ cases is then about χ²: of the categories, or for numbers, cut one way, χ̄²; and one degree
    more for each missing, special or unseen attribute that is judged.
    """
    line, bins = found.characteristic, len(found.characteristic.bins)
    statistic = found.information * int(flags.sum()) * int((~flags).sum()) / len(flags)
    others = sum((one.cases or 0) >= LEAST_CASES for one in line.attributes[bins:])
    if isinstance(line, Categorical):
        return chi_square_tail(statistic, sum(len(one.categories) for one in line.bins) - 1 + others)
    levels = min(_MOST_LEVELS, len(numpy.unique(values[found.places < bins])))
    ways = 1 if line.name in options.trends or levels < 2 else 2
    return ways * one_way_tail(statistic, levels, others)


def _numeric(name: str, values: Floats, flags: Flags, options: LearningOptions) -> Numeric:
    """The cuts are sought among ranks: the tree that proposes them computes in float32, and would not tell all values."""
    codes = options.special.get(name, ())
    measured = ~numpy.isnan(values) & ~numpy.isin(values, [float(code) for code in codes])
    known, ranks = numpy.unique(values[measured], return_inverse=True)
    trend = _TRENDS.get(options.trends.get(name, ""), "auto_asc_desc")
    cuts = _solved(ranks.astype(numpy.float64), flags[measured], options, dtype="numerical", monotonic_trend=trend)
    special = tuple(Special(points=0, values=(code,)) for code in codes)
    reason = options.reasons.get(name, name)
    return Numeric(name, reason, intervals(known, [ceil(cut) for cut in cuts]), special, Missing(points=0))


def _categorical(name: str, values: Objects, flags: Flags, options: LearningOptions) -> Categorical:
    """Categories go by number, in the order of their names, so that nothing depends on how they are spelt."""
    counts = Counter(value for value in values.tolist() if value is not None)
    if len(counts) > LARGEST_CATEGORIES:
        raise OutOfRange(f"{name} has more than {LARGEST_CATEGORIES} categories", field=name)
    for category in counts:
        check_text(category, name)
    least = max(LEAST_CASES, LEAST_CATEGORY_SHARE * len(values))
    named = sorted(category for category, count in counts.items() if count >= least)
    number_of = {category: f"{at:06}" for at, category in enumerate(named)}
    numbered = numpy.array([number_of.get(value) for value in values], dtype=object)
    judged = numpy.array([number is not None for number in numbered], dtype=numpy.bool_)
    solved = _solved(numbered[judged], flags[judged], options, dtype="categorical") if len(named) > 1 else []
    groups = [tuple(named[int(number)] for number in sorted(group)) for group in solved] or [tuple(named)]
    bins = tuple(Group(points=0, categories=group) for group in sorted(groups) if group)
    return Categorical(name, options.reasons.get(name, name), bins, Missing(points=0), Unseen(points=0))


def _solved(values: NDArray[Any], flags: Flags, options: LearningOptions, **how: str) -> list[Any]:
    """Cuts between numbers, or groups of categories; none where there is nothing to be told apart."""
    if not flags.any() or flags.all():
        return []
    share = options.least_bin_share
    binning = OptimalBinning(
        **how, solver="cp", min_bin_size=share, min_prebin_size=min(0.05, share), time_limit=_SECONDS
    )
    binning.fit(values, flags.astype(numpy.int64))
    if binning.status != "OPTIMAL":
        raise CannotBeMet(f"no best bins found within {_SECONDS} seconds", field="columns")
    return list(binning.splits)


def _weighed(telling: list[Evidence], flags: Flags) -> tuple[list[Evidence], list[float], float]:
    """The columns that stay, their weights, and the constant, of ln(good ÷ bad)."""
    while telling:
        evident = numpy.column_stack([one.weights[one.places] for one in telling])
        model = LogisticRegression(C=1 / PENALTY, solver="newton-cholesky", tol=1e-8).fit(evident, ~flags)
        weights = model.coef_[0]
        clarity = weights / standard_errors(evident, model.predict_proba(evident)[:, 1], PENALTY)
        least = int(clarity.argmin())
        if clarity[least] >= LEAST_CLARITY:
            return telling, weights.tolist(), float(model.intercept_[0])
        telling = telling[:least] + telling[least + 1 :]
    raise CannotBeMet("no column tells who goes bad", field="columns")


def _within(name: str, value: float, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, float | int) or not least <= value <= most:
        raise OutOfRange(f"{name} must be from {least} to {most}, not {shown(value)}", field=name)

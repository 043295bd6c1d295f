"""Whether a scorecard works: does it tell bad from good, are its probabilities right, is the population still the same.

A high score is good. Sources: N. Siddiqi, "Credit Risk Scorecards" (2006), chapters 6 and 9; L. C. Thomas, "Consumer Credit
Models" (2009), chapter 2; each formula stands with its function. Floats throughout: these figures inform, they decide no
money.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy
from numpy.typing import NDArray

from finance.errors import CannotBeMet, InexactNumber, MissingArgument, OutOfRange
from finance.exact import integer, listed, of_kind
from finance.scorecards.cards import Scorecard
from finance.scorecards.chance import chi_square_tail
from finance.scorecards.characteristics import LARGEST_CATEGORIES, LARGEST_COUNT
from finance.scorecards.portfolios import (
    LARGEST_ROWS,
    Column,
    Floats,
    Integers,
    Outcomes,
    attribute_numbers,
    numbers,
    outcomes,
    rows_of,
    score_many,
)

Flags = NDArray[numpy.bool_]

LARGEST_BANDS = 100
DECILES = 10
_LEAST_VARIANCE = 1e-200


@dataclass(frozen=True, slots=True)
class Separation:
    """auc: the chance that a good case scores above a bad one, ties counting half. gini: 2·auc − 1.

    ks: the largest lead of the share of bads over that of goods below a score, 0 for a card that ranks the wrong way round;
    ks_cut: the lowest such score."""

    auc: float
    gini: float
    ks: float
    ks_cut: float


@dataclass(frozen=True, slots=True)
class GainsRow:
    """A band of scores, the worst first. lift: share of bad here ÷ share of bad in all.

    bad_share_so_far, cases_share_so_far: of all bads, and of all cases, those in this band or a worse one.
    """

    lowest: float
    highest: float
    cases: int
    bad: int
    lift: float
    bad_share_so_far: float
    cases_share_so_far: float


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """A band of probabilities, the lowest first: the mean probability in it, and the share that went bad."""

    cases: int
    expected_bad_share: float
    bad_share: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """brier: mean squared difference of probability and outcome. hosmer_lemeshow: Σ (bad − expected)² / (n·p·(1 − p)) over
    the bands; p_value: how likely so large a one is if the probabilities are right (χ² with bands − 2 degrees of freedom
    for the cases learned from, bands for others; None where there are too few bands)."""

    brier: float
    hosmer_lemeshow: float
    p_value: float | None
    rows: tuple[CalibrationRow, ...]


@dataclass(frozen=True, slots=True)
class CharacteristicStability:
    """How a characteristic moved from the cases learned from to those seen now.

    csi: Σ (now − then)·ln(now ÷ then) over its attributes. points_shift: Σ (now − then)·points, what the move did to the
    average score (Siddiqi, "Characteristic analysis report").
    """

    characteristic: str
    csi: float
    points_shift: float


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """calibration None: the card has no scaling. psi None: no scores to compare with were given. characteristics: of those
    that carry counts, in the order of the card."""

    name: str
    version: str
    cases: int
    bad: int
    separation: Separation
    gains: tuple[GainsRow, ...]
    calibration: Calibration | None
    psi: float | None
    characteristics: tuple[CharacteristicStability, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"


def validation_report(
    card: Scorecard,
    columns: Mapping[str, Column],
    bad: Outcomes,
    *,
    earlier_points: Sequence[int] | Integers | None = None,
    learned_from: bool = False,
) -> ValidationReport:
    """All figures of a card on cases whose outcome is known.

    earlier_points: scores of the cases it was learned from, for the stability of the population. learned_from: these are
    those cases, which costs the calibration two degrees of freedom. Raises what `score_many` and `outcomes` raise.
    """
    flags = outcomes(bad)
    scored = score_many(card, columns)
    points = scored.points
    if len(points) != len(flags):
        raise OutOfRange(f"{len(points)} rows of columns, {len(flags)} outcomes", field="bad")
    probabilities = scored.probability_bad
    return ValidationReport(
        card.name,
        card.version,
        len(flags),
        int(flags.sum()),
        separation(points, flags),
        gains(points, flags),
        None if probabilities is None else calibration(probabilities, flags, learned_from=learned_from),
        None if earlier_points is None else population_stability(earlier_points, points),
        characteristic_stability(card, columns),
    )


def separation(scores: Column, bad: Outcomes) -> Separation:
    """AUC by the ranks of Mann and Whitney, Gini, and Kolmogorov–Smirnov with its cut (Thomas, chapter 2)."""
    values, flags = _paired(scores, bad, "scores")
    different, places = numpy.unique(values, return_inverse=True)
    bads = numpy.bincount(places[flags], minlength=len(different))
    goods = numpy.bincount(places[~flags], minlength=len(different))
    bads_below, goods_below = numpy.cumsum(bads) - bads, numpy.cumsum(goods) - goods
    auc = float((goods * (bads_below + bads / 2)).sum()) / (int(bads.sum()) * int(goods.sum()))
    at = int((bads_below * int(goods.sum()) - goods_below * int(bads.sum())).argmax())
    ks = float(bads_below[at] / bads.sum() - goods_below[at] / goods.sum())
    return Separation(auc, 2 * auc - 1, ks, float(different[at]))


def gains(scores: Column, bad: Outcomes, bands: int = DECILES) -> tuple[GainsRow, ...]:
    """Bands of about as many cases each, equal scores never parted; so there may be fewer bands."""
    values, flags = _paired(scores, bad, "scores")
    rows, cases_so_far, bad_so_far = [], 0, 0
    for within in _bands(values, bands):
        cases, of_bad = len(within), int(flags[within].sum())
        cases_so_far, bad_so_far = cases_so_far + cases, bad_so_far + of_bad
        rows.append(
            GainsRow(
                float(values[within].min()),
                float(values[within].max()),
                cases,
                of_bad,
                of_bad / cases / float(flags.mean()),
                bad_so_far / int(flags.sum()),
                cases_so_far / len(flags),
            )
        )
    return tuple(rows)


def calibration(
    probabilities: Column, bad: Outcomes, bands: int = DECILES, *, learned_from: bool = False
) -> Calibration:
    """Probabilities against outcomes; D. W. Hosmer, S. Lemeshow, "Applied Logistic Regression", section 5.2.2.

    Bands of probability are made like those of scores. A band that was held certain, and was not, makes the sum enormous.
    """
    values, flags = _paired(probabilities, bad, "probabilities")
    if (values < 0).any() or (values > 1).any():
        raise OutOfRange("probabilities must be from 0 to 1", field="probabilities")
    parted = _bands(values, bands)
    rows = tuple(CalibrationRow(len(one), float(values[one].mean()), float(flags[one].mean())) for one in parted)
    statistic = sum(
        row.cases
        * (row.bad_share - row.expected_bad_share) ** 2
        / max(row.expected_bad_share * (1 - row.expected_bad_share), _LEAST_VARIANCE)
        for row in rows
    )
    of_kind(learned_from, bool, "learned_from")
    freedom = len(parted) - 2 * learned_from
    brier = float(((values - flags) ** 2).mean())
    return Calibration(brier, statistic, chi_square_tail(statistic, freedom) if freedom > 0 else None, rows)


def population_stability(earlier: Column, now: Column, bands: int = DECILES) -> float:
    """The population stability index of scores: Σ (now − then)·ln(now ÷ then) over bands of the earlier ones.

    Customary reading (Siddiqi, chapter 9): below 0.1 nothing happened, above 0.25 another population.
    """
    then_values, now_values = _known(earlier, "earlier"), _known(now, "now")
    starts = [float(then_values[one].min()) for one in _bands(then_values, bands)]
    return stability_index(_counts(starts, then_values), _counts(starts, now_values))


def characteristic_stability(card: Scorecard, columns: Mapping[str, Column]) -> tuple[CharacteristicStability, ...]:
    """Of each characteristic whose attributes carry the counts they were learned from."""
    of_kind(card, Scorecard, "card")
    of_kind(columns, Mapping, "columns")
    found = []
    for one in card.characteristics:
        then = [attribute.cases for attribute in one.attributes if attribute.cases is not None]
        if len(then) < len(one.attributes) or not sum(then):
            continue
        if one.name not in columns:
            raise MissingArgument(f"a column {one.name} is needed", field=one.name)
        now = numpy.bincount(attribute_numbers(one, columns[one.name]), minlength=len(then))
        if not now.sum():
            raise CannotBeMet("without cases there is nothing to compare", field=one.name)
        moved = now / now.sum() - numpy.array(then) / sum(then)
        shift = float((moved * [attribute.points for attribute in one.attributes]).sum())
        found.append(CharacteristicStability(one.name, stability_index(then, now.tolist()), shift))
    return tuple(found)


def stability_index(then: Sequence[int], now: Sequence[int]) -> float:
    """Σ (now − then)·ln(now ÷ then) over the shares of two lists of counts; an empty count stands for half a case.

    The divergence J of H. Jeffreys, as in S. Kullback, R. Leibler, "On information and sufficiency" (1951): it is the same
    in both directions.
    """
    earlier, later = _read_counts(then, "then"), _read_counts(now, "now")
    if len(earlier) != len(later) or not sum(earlier) or not sum(later):
        raise CannotBeMet("two lists of as many counts, with cases in both, are needed", field="now")
    shares_then, shares_now = (numpy.maximum(counts, 0.5) / sum(counts) for counts in (earlier, later))
    return float(((shares_now - shares_then) * numpy.log(shares_now / shares_then)).sum())


def _read_counts(counts: Sequence[int], field: str) -> list[int]:
    return [
        integer(count, field, least=0, most=LARGEST_COUNT) for count in listed(counts, field, most=LARGEST_CATEGORIES)
    ]


def _bands(values: Floats, bands: int) -> list[Integers]:
    """The rows of each band, from the lowest values to the highest."""
    integer(bands, "bands", least=2, most=LARGEST_BANDS)
    order = numpy.argsort(values, kind="stable")
    ranked = values[order]
    lasts = [len(ranked) * band // bands - 1 for band in range(1, bands + 1)]
    ends = numpy.unique(numpy.searchsorted(ranked, [ranked[last] for last in lasts if last >= 0], side="right"))
    return numpy.split(order, ends[:-1])


def _counts(starts: Sequence[float], values: Floats) -> list[int]:
    """How many lie in each band that begins at a start; what is below the first one is in the first."""
    counts = numpy.bincount(numpy.searchsorted(starts[1:], values, side="right"), minlength=len(starts))
    return [int(count) for count in counts]


def _paired(values: Column, bad: Outcomes, field: str) -> tuple[Floats, Flags]:
    known, flags = _known(values, field), outcomes(bad)
    if len(known) != len(flags):
        raise OutOfRange(f"{len(known)} {field}, {len(flags)} outcomes", field=field)
    return known, flags


def _known(values: Column, field: str) -> Floats:
    if not 1 <= rows_of(values, field) <= LARGEST_ROWS:
        raise OutOfRange(f"from 1 to {LARGEST_ROWS} rows, not {len(values)}", field=field)
    known = numbers(values, field)
    if numpy.isnan(known).any():
        raise InexactNumber(f"{field} must all be known", field=field)
    return known

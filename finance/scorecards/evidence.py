"""What the attributes of a characteristic tell of who goes bad, counted on cases whose outcome is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from itertools import groupby, pairwise
from typing import Any, TypeVar

import numpy
from numpy.typing import NDArray

from finance.errors import OutOfRange
from finance.scorecards.characteristics import LARGEST_DIGITS, Characteristic, Group, Interval, Numeric
from finance.scorecards.portfolios import Column, Floats, Integers, Outcomes, attribute_numbers, outcomes

Bin = TypeVar("Bin", Interval, Group)

LEAST_CASES = 30
"""A missing value, special code or unnamed category with fewer cases is not judged by them."""
_LEAST_PLACE = -90
"""Numbers closer than 10^-90 are the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """characteristic: with its cases and bads. weights: one for each attribute, above 0 where fewer than average went bad.
    information: the information value. places: the attribute of each case."""

    characteristic: Characteristic
    weights: Floats
    information: float
    places: Integers


def evidence(characteristic: Characteristic, column: Column, bad: Outcomes) -> Evidence:
    """Count the cases and bads of each attribute, and weigh them. Raises what `attribute_numbers` and `outcomes` raise.

    Weight of evidence ln((good + ½)/(bad + ½) · B/G), G and B the goods and bads of all cases (Siddiqi, chapter 6; the
    halves, after Haldane, keep an empty count finite), 0 for what is no bin and has fewer than `LEAST_CASES`; information
    value Σ (good/G − bad/B) · weight.
    """
    flags, places = outcomes(bad), attribute_numbers(characteristic, column)
    if len(places) != len(flags):
        raise OutOfRange(f"{len(places)} values, {len(flags)} outcomes", field=characteristic.name)
    attributes = characteristic.attributes
    cases = numpy.bincount(places, minlength=len(attributes))
    bads = numpy.bincount(places[flags], minlength=len(attributes))
    goods, all_bad = cases - bads, int(flags.sum())
    all_good = len(flags) - all_bad
    weights = numpy.log((goods + 0.5) / (bads + 0.5) * (all_bad / all_good))
    judged = [isinstance(one, Interval | Group) for one in attributes]
    weights[(cases < LEAST_CASES) & ~numpy.array(judged)] = 0
    counted = [
        replace(one, cases=int(count), bad=int(of_bad))
        for one, count, of_bad in zip(attributes, cases, bads, strict=True)
    ]
    information = float(((goods / all_good - bads / all_bad) * weights).sum())
    return Evidence(with_attributes(characteristic, counted), weights, information, places)


def gives_outcome_away(found: Evidence, values: NDArray[Any], bad: NDArray[numpy.bool_]) -> bool:
    """Whether every outcome follows: from the attribute, and within the bins from the category or one cut of the numbers."""
    attributes, bins = found.characteristic.attributes, len(found.characteristic.bins)
    mixed = [at for at, one in enumerate(attributes) if one.cases and one.bad and one.bad < one.cases]
    if not mixed or mixed[-1] >= bins:
        return not mixed
    within = found.places < bins
    of_good, of_bad = values[within & ~bad], values[within & bad]
    if isinstance(found.characteristic, Numeric):
        return bool(of_good.max() < of_bad.min() or of_bad.max() < of_good.min())
    return set(of_good.tolist()).isdisjoint(of_bad.tolist())


def with_attributes(characteristic: Characteristic, attributes: Sequence[Any]) -> Characteristic:
    """The same characteristic with other attributes, in the order of `characteristic.attributes`."""
    rest = iter(attributes)
    bins = tuple(next(rest) for _ in characteristic.bins)
    if isinstance(characteristic, Numeric):
        special = tuple(next(rest) for _ in characteristic.special)
        missing = characteristic.missing and next(rest)
        return replace(characteristic, bins=bins, special=special, missing=missing)
    missing = characteristic.missing and next(rest)
    return replace(characteristic, bins=bins, missing=missing, unseen=characteristic.unseen and next(rest))


def pointed(characteristic: Characteristic, points: Sequence[int]) -> Characteristic:
    """With these points for its attributes; bins of equal points become one, groups of categories go from best to worst."""
    attributes = [replace(one, points=worth) for one, worth in zip(characteristic.attributes, points, strict=True)]
    whole = with_attributes(characteristic, attributes)
    if isinstance(whole, Numeric):
        return replace(whole, bins=tuple(map(_one_interval, _equal(whole.bins))))
    groups = sorted(whole.bins, key=lambda group: -group.points)
    return replace(whole, bins=tuple(map(_one_group, _equal(groups))))


def _equal(bins: Sequence[Bin]) -> list[list[Bin]]:
    return [list(equal) for _, equal in groupby(bins, key=lambda one: one.points)]


def _one_interval(bins: list[Interval]) -> Interval:
    return replace(
        bins[0], high=bins[-1].high, cases=_sum(one.cases for one in bins), bad=_sum(one.bad for one in bins)
    )


def _one_group(bins: list[Group]) -> Group:
    categories = tuple(sorted(category for one in bins for category in one.categories))
    return replace(
        bins[0], categories=categories, cases=_sum(one.cases for one in bins), bad=_sum(one.bad for one in bins)
    )


def _sum(counts: Iterable[int | None]) -> int:
    return sum(count or 0 for count in counts)


def intervals(known: Floats, starts: Iterable[int]) -> tuple[Interval, ...]:
    """Bins that begin at some of the known numbers, which are in rising order: each bound the roundest that does it."""
    bounds = {roundest(float(known[start - 1]), float(known[start])) for start in starts}
    edges = [None, *sorted(bound for bound in bounds if bound is not None), None]
    return tuple(Interval(points=0, low=low, high=high) for low, high in pairwise(edges))


def roundest(above: float, up_to: float) -> Decimal | None:
    """The number of fewest digits above the first and not above the second; None: it had more than `LARGEST_DIGITS`."""
    low, high = Decimal(repr(above)), Decimal(repr(up_to))
    largest = max(one.adjusted() for one in (low, high) if one) + 1
    for place in range(largest, max(largest - LARGEST_DIGITS, _LEAST_PLACE), -1):
        step = Decimal(1).scaleb(place)
        number = (high / step).to_integral_value(ROUND_FLOOR) * step
        if number > low:
            return number
    return None

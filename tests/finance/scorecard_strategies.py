"""Scorecards and facts as hypothesis makes them."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from finance.scorecards.cards import Grade, Scaling, Scorecard
from finance.scorecards.characteristics import (
    Categorical,
    Characteristic,
    Group,
    Interval,
    Missing,
    Numeric,
    Special,
    Unseen,
)

WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=5)
POINTS = st.integers(-1_000, 1_000)
BOUNDS = st.decimals(-1_000, 1_000, places=2) | st.integers(-(10**14), 10**14).map(Decimal)


@st.composite
def worth(draw: st.DrawFn) -> dict[str, Any]:
    cases = draw(st.none() | st.integers(0, 10**6))
    bad = None if cases is None else draw(st.integers(0, cases))
    return {"points": draw(POINTS), "cases": cases, "bad": bad}


@st.composite
def numeric(draw: st.DrawFn) -> Numeric:
    bounds = sorted(draw(st.sets(BOUNDS, max_size=5)))
    bins = tuple(Interval(low=low, high=high, **draw(worth())) for low, high in pairwise([None, *bounds, None]))
    codes = draw(st.lists(BOUNDS, max_size=3, unique=True))
    special = tuple(Special(values=(code,), **draw(worth())) for code in codes)
    return Numeric(draw(WORDS), draw(WORDS), bins, special, draw(st.none() | worth().map(lambda one: Missing(**one))))


@st.composite
def categorical(draw: st.DrawFn) -> Categorical:
    groups = draw(st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=4))
    distinct = {word: at for at, group in enumerate(groups) for word in group}
    kept = [tuple(word for word, of in distinct.items() if of == at) for at in range(len(groups))]
    bins = tuple(Group(categories=group, **draw(worth())) for group in kept if group)
    missing = draw(st.none() | worth().map(lambda one: Missing(**one)))
    return Categorical(
        draw(WORDS), draw(WORDS), bins, missing, draw(st.none() | worth().map(lambda one: Unseen(**one)))
    )


@st.composite
def cards(draw: st.DrawFn) -> Scorecard:
    lines: list[Characteristic] = draw(st.lists(numeric() | categorical(), max_size=4, unique_by=lambda one: one.name))
    scaling = draw(st.none() | st.builds(Scaling, POINTS, st.decimals("0.01", 1_000, places=2), st.integers(1, 100)))
    lowest = sorted(draw(st.sets(POINTS, max_size=3)), reverse=True)
    grades = (
        tuple(Grade(f"grade {at}", points) for at, points in enumerate([*lowest, None])) if draw(st.booleans()) else ()
    )
    return Scorecard(draw(WORDS), draw(WORDS), draw(POINTS), tuple(lines), scaling, grades)


def values_of(line: Characteristic) -> st.SearchStrategy[Any]:
    """Values that a float64 and `exact` can hold, on the bounds and codes and beside them, and such as the card has no rule for."""
    if isinstance(line, Categorical):
        return st.sampled_from([word for group in line.bins for word in group.categories]) | WORDS | st.none()
    bounds = [one.high for one in line.bins if one.high is not None]
    marks = [*bounds, *(code for one in line.special for code in one.values), Decimal(0)]
    near = st.sampled_from(marks).flatmap(lambda mark: st.sampled_from([mark, mark + 1, mark - 1]))
    return near.map(float) | st.floats(-(2.0**60), 2.0**60).filter(lambda one: one == 0 or abs(one) > 1e-80) | st.none()

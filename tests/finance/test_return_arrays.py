"""Many sets of flows at once: each has the rate that it has alone, or none, or several."""

import random
from datetime import date
from fractions import Fraction
from math import lcm

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance import return_arrays
from finance.errors import FinanceError, NoRoot, SeveralRoots
from finance.return_arrays import Outcome, RatesOfSets, xirr_many
from finance.returns import xirr

Flows = list[tuple[int, int]]
"""Day number and amount, by ascending day."""

ORIGIN = date(2020, 1, 1).toordinal()


def together(sets: list[Flows]) -> RatesOfSets:
    flows = [flow for flows in sets for flow in flows]
    starts = numpy.cumsum([0, *(len(flows) for flows in sets)])[:-1]
    days, amounts = numpy.array(flows, dtype=numpy.int64).reshape(-1, 2).T
    return xirr_many(days, amounts, starts)


def alone(flows: Flows) -> float | Outcome:
    try:
        return xirr([(date.fromordinal(ORIGIN + day), amount) for day, amount in flows])
    except NoRoot:
        return Outcome.NO_ROOT
    except SeveralRoots:
        return Outcome.SEVERAL_ROOTS


def agree(sets: list[Flows]) -> None:
    found = together(sets)
    assert not numpy.isnan(found.rates.data).any()
    for flows, rate, outcome in zip(sets, found.rates.data, found.outcomes, strict=True):
        expected = alone(flows)
        if isinstance(expected, Outcome):
            assert outcome == expected, flows
        else:
            assert outcome == Outcome.ONE_RATE, flows
            assert 1 + rate == pytest.approx(1 + expected, rel=1e-11, abs=1e-13), flows
    assert (found.rates.mask == (found.outcomes != Outcome.ONE_RATE)).all()


def loan(source: random.Random) -> Flows:
    principal, count = source.randrange(10_000, 10**8), source.choice([1, 3, 12, 36])
    payment = principal * (1 + source.uniform(-0.9, 1.5)) / count
    days = [30 * (at + 1) + source.randrange(5) for at in range(count)]
    return [(0, -principal), *((day, round(payment * source.uniform(0, 2))) for day in days)]


def portfolio(source: random.Random) -> Flows:
    """Money put in and taken out over months, the rest taken out at the end."""
    days = sorted(source.sample(range(2_000), source.randrange(2, 40)))
    moved = [(day, source.randrange(-50_000, 30_000)) for day in days]
    return [(0, -100_000), *moved[:-1], (days[-1] + 1, 100_000 + abs(sum(amount for _, amount in moved)))]


def test_sets_of_all_kinds_have_the_rate_they_have_alone() -> None:
    source = random.Random(7)
    sets = [source.choice([loan, portfolio])(source) for _ in range(1_500)]
    sets[3:3] = [[], [(5, 0)], [(5, -7)], [(1, 4), (1, -4)], [(1, -4), (1, 5)], [(0, -5), (0, -5), (365, 11)]]
    sets += [[], [(0, -100), (365, 110), (365, 0)], [(0, 3), (9, 3)], []]
    agree(sets)


def test_a_set_longer_than_a_block_and_sets_across_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(8)
    sets = [loan(source) for _ in range(60)]
    whole = together(sets)
    monkeypatch.setattr(return_arrays, "_BLOCK_FLOWS", 20)
    assert numpy.allclose(together(sets).rates, whole.rates, rtol=1e-12, atol=1e-14)
    agree(sets)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 3_000), st.integers(-1_000, 1_000)), max_size=8).map(
            lambda flows: sorted(flows, key=lambda flow: flow[0])
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_sets(sets: list[Flows]) -> None:
    agree(sets)


def constructed(source: random.Random) -> tuple[Flows, set[Fraction]]:
    """Yearly flows with these rates as roots, and no others: a polynomial in v = 1/(1 + rate) multiplied out.

    Its factors are one (1 − v·(1 + rate)) for each rate, and some that no v above 0 makes 0.
    """
    rates = {Fraction(source.randrange(-60, 200), 100) for _ in range(source.choice([0, 0, 1, 1, 1, 2, 2, 3]))}
    factors = [[Fraction(1), -(1 + rate)] for rate in rates]
    for _ in range(source.randrange(1 if not rates else 0, 3)):
        # v² − 2bv + c with b² well below c: it comes near 0, changes the signs, and has no real root.
        b = Fraction(source.randrange(-30, 31), 20)
        factors.append([b * b + Fraction(source.randrange(20, 90), 100), -2 * b, Fraction(1)])
    amounts = [Fraction(source.choice([-1, 1]))]
    for factor in factors:
        product = [Fraction(0)] * (len(amounts) + len(factor) - 1)
        for low, left in enumerate(amounts):
            for high, right in enumerate(factor):
                product[low + high] += left * right
        amounts = product
    scale = lcm(*(amount.denominator for amount in amounts))
    return [(365 * year, int(amount * scale)) for year, amount in enumerate(amounts)], rates


def test_constructed_sets_without_a_root_and_with_several_are_told_apart() -> None:
    source = random.Random(2024)
    made = []
    while len(made) < 1_000:
        flows, rates = constructed(source)
        if max(abs(amount) for _, amount in flows) < 2**53:
            made.append((flows, rates))
    kinds = [len(rates) for _, rates in made]
    assert min(kinds.count(count) for count in (0, 1, 2, 3)) > 50
    found = together([flows for flows, _ in made])
    for (flows, rates), rate, outcome in zip(made, found.rates.data, found.outcomes, strict=True):
        assert outcome == {0: Outcome.NO_ROOT, 1: Outcome.ONE_RATE}.get(len(rates), Outcome.SEVERAL_ROOTS), flows
        if outcome == Outcome.ONE_RATE:
            assert rate == pytest.approx(float(next(iter(rates))), abs=1e-9)
        if outcome == Outcome.SEVERAL_ROOTS:
            with pytest.raises(SeveralRoots) as refused:
                xirr([(date.fromordinal(ORIGIN + day), amount) for day, amount in flows])
            assert refused.value.facts["rates"] == pytest.approx(sorted(map(float, rates)), abs=1e-6)


def test_no_sets_are_no_rates() -> None:
    nothing = numpy.array([], dtype=numpy.int64)
    assert len(xirr_many(nothing, nothing, nothing).outcomes) == 0
    empty = xirr_many(nothing, nothing, numpy.array([0, 0]))
    assert empty.outcomes.tolist() == [Outcome.NO_ROOT] * 2


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"days": [0, 1]}, "inexact_number", "days"),
        ({"days": numpy.array([0.0, 1.0])}, "inexact_number", "days"),
        ({"days": numpy.array([0, -1])}, "out_of_range", "days"),
        ({"days": numpy.array([0, 10**9])}, "out_of_range", "days"),
        ({"days": numpy.array([5, 4])}, "dates_out_of_order", "days"),
        ({"days": numpy.array([5])}, "out_of_range", "amounts_minor"),
        ({"amounts_minor": numpy.array([1.5, 2])}, "inexact_number", "amounts_minor"),
        ({"amounts_minor": numpy.array([2**53, 2])}, "out_of_range", "amounts_minor"),
        ({"amounts_minor": numpy.array([-(2**63), 2])}, "out_of_range", "amounts_minor"),
        ({"starts": numpy.array([1])}, "out_of_range", "starts"),
        ({"starts": numpy.array([0, 2, 1])}, "out_of_range", "starts"),
        ({"starts": numpy.array([0, 3])}, "out_of_range", "starts"),
        ({"starts": numpy.array([], dtype=numpy.int64)}, "out_of_range", "starts"),
    ],
)
def test_bad_input_is_refused(changed: dict[str, object], code: str, field: str) -> None:
    facts = {"days": numpy.array([0, 365]), "amounts_minor": numpy.array([-100, 110]), "starts": numpy.array([0])}
    with pytest.raises(FinanceError) as refused:
        xirr_many(**(facts | changed))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)


def test_amounts_that_turn_too_often_are_refused() -> None:
    turning = [(day, 1 if day % 2 else -1) for day in range(400)]
    with pytest.raises(FinanceError) as refused:
        together([[(0, -1), (9, 2)], turning])
    assert (refused.value.code, refused.value.field) == ("out_of_range", "amounts_minor")

"""Every rate of flows with simple interest in a fraction of a period: against a scan, and where rates are chosen before."""

from fractions import Fraction
from itertools import pairwise
from math import exp, log1p

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.apr_roots import Moment, only_rate
from finance.errors import NoRoot, OutOfRange, SeveralRoots

Flows = list[tuple[Moment, Fraction]]
# 1 + rate in steps of 7 %, from nearly −100 % to 70,000,000 %.
GRID = [1.07**step - 1 for step in range(-120, 200)]


def moment(thirtieths: int) -> Moment:
    full, part = divmod(thirtieths, 30)
    return Moment(Fraction(full), Fraction(part, 30))


def rates_of(flows: Flows) -> tuple[float, ...]:
    try:
        return (only_rate(flows),)
    except NoRoot:
        return ()
    except SeveralRoots as refused:
        rates = refused.facts["rates"]
        assert isinstance(rates, tuple)
        return rates


def worth(flows: Flows, rate: float) -> tuple[float, float]:
    """The worth, and the sum of absolute worths; scaled alike, so that neither leaves the range of a float."""
    logs = [float(at.full) * log1p(rate) + log1p(float(at.part) * rate) for at, _ in flows]
    discounted = [float(amount) * exp(min(logs) - log) for log, (_, amount) in zip(logs, flows, strict=True)]
    return sum(discounted), sum(map(abs, discounted))


@given(
    st.dictionaries(
        st.integers(0, 400),
        st.integers(-1_000, 1_000).filter(bool),
        min_size=2,
        max_size=9,
    )
)
def test_no_rate_is_missed_and_none_made_up(amounts: dict[int, int]) -> None:
    flows = [(moment(at), Fraction(amount)) for at, amount in amounts.items()]
    told = rates_of(flows)
    assert list(told) == sorted(told)
    for rate in told:
        if GRID[0] < rate < GRID[-1]:
            total, size = worth(flows, rate)
            assert abs(total) <= 1e-9 * size
    signs = [worth(flows, rate)[0] > 0 for rate in GRID]
    for (low, high), (one, other) in zip(pairwise(GRID), pairwise(signs), strict=True):
        assert (one != other) == (sum(low < rate <= high for rate in told) % 2 == 1)


@pytest.mark.parametrize("chosen", [(0.1,), (0.1, 0.2), (0.01, 0.02), (-0.4, 0.05, 0.3), (-0.5, 0.1, 0.5, 1.5)])
@pytest.mark.parametrize("part", [Fraction(0), Fraction(7, 30)])
def test_rates_chosen_before_are_found(chosen: tuple[float, ...], part: Fraction) -> None:
    # −Π (1 − (1 + r)·x) in x = 1/(1 + i), multiplied out; a fraction common to all flows changes nothing.
    amounts = [Fraction(-1)]
    for rate in chosen:
        growth = 1 + Fraction(str(rate))
        amounts = [
            one - growth * other for one, other in zip([*amounts, Fraction(0)], [Fraction(0), *amounts], strict=True)
        ]
    flows = [(Moment(Fraction(at), part), amount) for at, amount in enumerate(amounts)]
    assert rates_of(flows) == pytest.approx(chosen, abs=1e-9)


def test_a_double_rate_is_one_rate() -> None:
    # −100·g² + 220·g − 121 = −(10·g − 11)², g = 1 + i.
    flows = [(Moment(Fraction(at)), Fraction(amount)) for at, amount in enumerate((-100, 220, -121))]
    assert only_rate(flows, 12) == pytest.approx(1.2, abs=1e-6)
    apart = [flows[0], flows[1], (flows[2][0], Fraction("-121.0001"))]
    with pytest.raises(NoRoot):
        only_rate(apart)
    crossing = [flows[0], flows[1], (flows[2][0], Fraction("-120.9999"))]
    assert rates_of(crossing) == pytest.approx((0.1 - 1e-3, 0.1 + 1e-3), abs=1e-5)


def test_rates_are_told_per_year() -> None:
    flows = [(Moment(Fraction(at)), Fraction(amount)) for at, amount in enumerate((-100, 230, -132))]
    with pytest.raises(SeveralRoots) as refused:
        only_rate(flows, 12.0)
    assert refused.value.facts["rates"] == pytest.approx((1.2, 2.4))


def test_flows_of_one_moment_are_added() -> None:
    start, later = Moment(Fraction(0)), Moment(Fraction(1))
    assert only_rate([(later, Fraction(60)), (start, Fraction(-100)), (later, Fraction(50))]) == pytest.approx(0.1)
    for none in ([(start, Fraction(-100)), (start, Fraction(100))], [(start, Fraction(-100))], []):
        with pytest.raises(NoRoot):
            only_rate(none)
    huge = [(start, Fraction(-(10**300))), (later, Fraction(11 * 10**299))]
    assert only_rate(huge) == pytest.approx(0.1)


def test_flows_that_turn_too_often_are_refused() -> None:
    turning = [(Moment(Fraction(at)), Fraction((-1) ** at)) for at in range(2_000)]
    with pytest.raises(OutOfRange):
        only_rate(turning)
    # Four rates of 1, 2, 3 and 4 %: the worth between them is a hundred-millionth of the amounts.
    near = enumerate(map(Fraction, ("-1", "4.10", "-6.3035", "4.307050", "-1.10355024")))
    with pytest.raises(OutOfRange) as refused:
        only_rate([(Moment(Fraction(at)), amount) for at, amount in near])
    assert refused.value.field == "payments"

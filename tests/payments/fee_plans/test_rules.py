"""Fees by the rule against a naive model that charges unit by unit, and what must hold of any plan."""

from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.fee_plans.errors import CapBelowMinimum, TiersUnclear
from services.payments.fee_plans.model import FeePlan
from services.payments.fee_plans.rules import fee, fee_returned, require_sound, tiers_of

ROUNDINGS = {"half_up": ROUND_HALF_UP, "down": ROUND_FLOOR, "up": ROUND_CEILING}


def plan(
    lowers: list[int],
    rates: list[int],
    *,
    quota: int = 0,
    least: int = 0,
    most: int | None = None,
    rounding: Any = "half_up",
) -> FeePlan:
    tiers = tiers_of(lowers, rates)
    return FeePlan(uuid4(), "p", 1, "p", "CNY", rounding, least, most, quota, tiers, datetime.now(UTC), "stf")


@st.composite
def plans(draw: st.DrawFn) -> FeePlan:
    lowers = [0, *sorted(draw(st.sets(st.integers(1, 300), max_size=4)))]
    rates = draw(st.lists(st.integers(0, 1_000_000), min_size=len(lowers), max_size=len(lowers)))
    least = draw(st.integers(0, 20))
    most = draw(st.none() | st.integers(least, 60))
    rounding = draw(st.sampled_from(sorted(ROUNDINGS)))
    return plan(lowers, rates, quota=draw(st.integers(0, 200)), least=least, most=most, rounding=rounding)


def naive(of: FeePlan, amount: int, before: int) -> int:
    """Each minor unit is charged by itself."""
    units = [unit for unit in range(before, before + amount) if unit >= of.free_quota_minor]
    if not units:
        return 0
    exact = sum(
        (Decimal(tier.rate_millionths) / 1_000_000 for unit in units for tier in of.tiers if tier.lower_minor <= unit < tier.upper_minor),
        Decimal(0),
    )  # fmt: skip
    charged = int(exact.to_integral_value(ROUNDINGS[of.rounding]))
    return min(amount, max(charged, of.minimum_minor), of.cap_minor if of.cap_minor is not None else amount)


@given(plans(), st.integers(1, 300), st.integers(0, 400))
def test_the_rule_is_the_naive_model(of: FeePlan, amount: int, before: int) -> None:
    assert fee(of, amount, before) == naive(of, amount, before)


@given(plans(), st.integers(1, 2**50), st.integers(0, 2**50))
def test_no_fee_is_negative_or_more_than_its_order(of: FeePlan, amount: int, before: int) -> None:
    assert 0 <= fee(of, amount, before) <= amount


@given(st.integers(1, 2**50).flatmap(lambda amount: st.tuples(st.just(amount), st.integers(0, amount))), st.data())
def test_refunds_in_any_parts_return_exactly_the_fee(order: tuple[int, int], data: st.DataObject) -> None:
    amount, charged = order
    cuts = sorted(data.draw(st.sets(st.integers(1, amount), max_size=8)) | {amount})
    back = [fee_returned(charged, refunded, amount) for refunded in cuts]
    parts = [after - before for before, after in zip([0, *back], back, strict=False)]
    assert min(parts) >= 0
    assert sum(parts) == charged
    # What is left of the fee never passes what is left of the order.
    assert all(charged - one <= amount - refunded for one, refunded in zip(back, cuts, strict=True))


@pytest.mark.parametrize(
    ("amount", "before", "expected"),
    [
        (10_000, 0, 0),  # wholly within the quota of 100.00
        (10_001, 0, 100),  # a unit beyond it: the least
        (100_000, 10_000, 600),  # 0.6 %
        (100_000, 950_000, 500),  # half of it at 0.6 %, half at 0.4 %
        (10_000_000, 1_000_000, 2_000),  # 400.00 at 0.4 %, but at most 20.00
        (50, 20_000, 50),  # at least 1.00, but never more than the order
    ],
)
def test_tiers_quota_minimum_and_cap(amount: int, before: int, expected: int) -> None:
    of = plan([0, 1_000_000], [6_000, 4_000], quota=10_000, least=100, most=2_000)
    assert fee(of, amount, before) == expected


@pytest.mark.parametrize("lowers", [[], [1], [0, 0], [0, 5, 3], list(range(21))])
def test_unclear_tiers_are_refused(lowers: list[int]) -> None:
    with pytest.raises(TiersUnclear):
        tiers_of(lowers, [1] * len(lowers))


def test_a_cap_below_the_minimum_is_refused() -> None:
    with pytest.raises(CapBelowMinimum):
        require_sound(plan([0], [1], least=2, most=1))

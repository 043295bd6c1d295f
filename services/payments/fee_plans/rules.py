"""What one order costs under a plan. The SQL of settlement runs says the same for all orders at once, and a test compares the two."""

from collections.abc import Sequence

from finance.exact import divide
from services.payments.fee_plans.errors import CapBelowMinimum, TiersUnclear
from services.payments.fee_plans.model import LARGEST_VOLUME, MILLION, FeePlan, Tier

MOST_TIERS = 20


def fee(plan: FeePlan, amount: int, volume_before: int) -> int:
    """Of an order of `amount`, when the merchant's orders before it made up `volume_before` of the month.

    Each part of the order is charged at the rate of the tier it lies in, nothing where it lies in the free quota; the sum is rounded once,
    and brought between minimum and cap. An order wholly within the quota is free; no fee is more than its order.
    """
    after = volume_before + amount
    if after <= plan.free_quota_minor:
        return 0
    charged_from = max(volume_before, plan.free_quota_minor)
    charged = sum(
        tier.rate_millionths * max(0, min(after, tier.upper_minor) - max(charged_from, tier.lower_minor))
        for tier in plan.tiers
    )
    at_least = max(divide(charged, MILLION, plan.rounding), plan.minimum_minor)
    return min(at_least, amount if plan.cap_minor is None else min(plan.cap_minor, amount))


def fee_returned(fee_minor: int, refunded: int, amount: int) -> int:
    """Of an order's fee, once so much of it is refunded: cumulative, so that a full refund in any parts returns exactly the fee."""
    return fee_minor * refunded // amount


def tiers_of(lowers: Sequence[int], rates: Sequence[int]) -> tuple[Tier, ...]:
    """Tiers that each begin where the one before ends. Raises TiersUnclear."""
    if not 0 < len(lowers) <= MOST_TIERS or lowers[0] != 0 or list(lowers) != sorted(set(lowers)):
        raise TiersUnclear("tiers begin at 0 and each above the one before", field="tiers")
    uppers = [*lowers[1:], LARGEST_VOLUME]
    return tuple(Tier(*one) for one in zip(lowers, uppers, rates, strict=True))


def require_sound(plan: FeePlan) -> None:
    """Raises CapBelowMinimum."""
    if plan.cap_minor is not None and plan.cap_minor < plan.minimum_minor:
        raise CapBelowMinimum("a fee cannot be at least more than it is at most", field="cap_minor")

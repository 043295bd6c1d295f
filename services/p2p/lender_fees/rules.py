"""How much of a lender's interest is the platform's: by the tier she is in, rounded down, never beyond what the month has room for."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal

from services.p2p.claims.model import is_customer
from services.p2p.lender_fees.model import Standing
from services.p2p.programmes.model import FeeTier, LenderFees, Programme
from services.p2p.repayments.model import Share, ShareKind


def takes_any(fees: LenderFees) -> bool:
    return fees.interest_rate > 0 or any(tier.interest_rate > 0 for tier in fees.tiers)


def is_charged(share: Share) -> bool:
    """Interest of people: whoever paid for a loss, or the house, pays none; nor does late interest or principal."""
    return share.kind is ShareKind.INTEREST and is_customer(share.holder)


def rate_of(fees: LenderFees, lent_minor: int) -> Decimal:
    """Of who has lent so much in all: the highest tier that she reaches, without one the programme's own."""
    reached = [tier.interest_rate for tier in fees.tiers if lent_minor >= tier.lent_minor]
    return reached[-1] if reached else fees.interest_rate


def next_tier(fees: LenderFees, lent_minor: int) -> FeeTier | None:
    return next((tier for tier in fees.tiers if lent_minor < tier.lent_minor), None)


def fee_minor(interest_minor: int, rate: Decimal) -> int:
    """Rounded down: the unit is hers."""
    return int((interest_minor * rate).to_integral_value(rounding=ROUND_FLOOR))


def foreseen_minor(fees: LenderFees, interest_minor: int, lent_minor: int, charged_minor: int) -> int:
    """Of one share of interest: no more than a payment may cost, nor than the month has room for. charged_minor: in it, before."""
    fee = fee_minor(interest_minor, rate_of(fees, lent_minor))
    if fees.most_payment_minor is not None:
        fee = min(fee, fees.most_payment_minor)
    if fees.most_monthly_minor is not None:
        fee = min(fee, max(0, fees.most_monthly_minor - charged_minor))
    return fee


def charged_of(
    fees: LenderFees, shares: Sequence[Share], lent: Mapping[str, int], charged: Mapping[str, int]
) -> list[Share]:
    """The shares with the fee of each. lent, charged: in all, and in the month so far, by holder, 0 where missing."""
    found = []
    for share in shares:
        if not is_charged(share):
            found.append(share)
            continue
        before = charged.get(share.holder, 0)
        fee = foreseen_minor(fees, share.received_minor, lent.get(share.holder, 0), before)
        found.append(share._replace(interest_fee_minor=fee))
    return found


def standing_of(programme: Programme, lent_minor: int, charged_minor: int) -> Standing:
    fees = programme.lender_fees
    above, most = next_tier(fees, lent_minor), fees.most_monthly_minor
    return Standing(
        programme=programme.code,
        version=programme.version,
        currency=programme.currency,
        lent_minor=lent_minor,
        interest_rate=rate_of(fees, lent_minor),
        next_from_minor=None if above is None else above.lent_minor,
        next_rate=None if above is None else above.interest_rate,
        charged_minor=charged_minor,
        room_minor=None if most is None else max(0, most - charged_minor),
    )

"""What the platform keeps back of money that came late: a share of what each holder recovered, never more than that.

Recovered is what a repayment pays of rows past due. The share is the programme's for as many days past due as the loan was when it was
paid, by its oldest unpaid row. Each holder's part is rounded down; a limit is shared out by largest remainder.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from finance.ageing import days_past_due, oldest_unpaid_on
from finance.repayment import Due
from finance.splitting import split_largest_remainder
from services.p2p.claims.model import PLATFORM
from services.p2p.losses.model import RESERVE_FUND
from services.p2p.programmes.model import LenderFees
from services.p2p.repayments.model import Part, PartKind, Share, ShareKind

SPARED = frozenset({PLATFORM, RESERVE_FUND})
"""Whoever keeps the fee pays none, nor does the fund that stands for other lenders."""
_PAID_AS: Mapping[PartKind, ShareKind] = {
    PartKind.PRINCIPAL: ShareKind.PRINCIPAL,
    PartKind.INTEREST: ShareKind.INTEREST,
    PartKind.LATE: ShareKind.LATE,
}


def rate_on(terms: LenderFees, days: int) -> Decimal:
    """Of a loan so many days past due: the last tier whose day has come, 0 before the first and where nothing is past due."""
    reached = [rate for after_days, rate in terms.collection_rates if days > 0 and after_days <= days]
    return reached[-1] if reached else Decimal(0)


def keep_back(
    terms: LenderFees, shares: Sequence[Share], parts: Sequence[Part], dues: Sequence[Due], paid_on: date
) -> list[Share]:
    """The shares of a repayment, each with its fee. dues: of the loan before it was paid; parts: what it pays of which row."""
    rate = rate_on(terms, days_past_due(oldest_unpaid_on(dues), paid_on))
    if not rate:
        return list(shares)
    late = {due.number for due in dues if due.due_on < paid_on}
    recovered, whole = dict.fromkeys(ShareKind, 0), dict.fromkeys(ShareKind, 0)
    for part in parts:
        if part.kind in _PAID_AS:
            whole[_PAID_AS[part.kind]] += part.amount_minor
            recovered[_PAID_AS[part.kind]] += part.amount_minor if part.row_number in late else 0
    fees = [
        0 if share.holder in SPARED else _fee(share.amount_minor, recovered[share.kind], whole[share.kind], rate)
        for share in shares
    ]
    return [
        share._replace(collection_fee_minor=fee)
        for share, fee in zip(shares, _limited(terms, fees, shares), strict=True)
    ]


def _fee(amount_minor: int, recovered_minor: int, whole_minor: int, rate: Decimal) -> int:
    return int(amount_minor * recovered_minor // whole_minor * rate)


def _limited(terms: LenderFees, fees: list[int], shares: Sequence[Share]) -> list[int]:
    """No more than the most of one repayment, each lessened alike."""
    most = terms.most_collection_minor
    if most is None or sum(fees) <= most:
        return fees
    ties = [f"{share.claim_id}{share.kind}".encode() for share in shares]
    return list(split_largest_remainder(most, fees, tie_keys=ties))

"""Bids on the wire."""

from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.bids.model import Bid
from services.p2p.wire_ids import BidId, ListingId, LoanId, TransferId

StateName = Literal["pending", "placed", "refused", "releasing", "released", "funded"]


class BidRequest(wire.Request):
    """amount: a number of the listing's lots."""

    amount: wire.Amount
    currency: wire.Currency


class BidAnswer(wire.Answer):
    """reason: why it was refused or released, a code (`insufficient_funds`, `no_wallet`, `withdrawn`, `listing_failed`, …).

    hold_id: the pending transfer behind it in payments.
    """

    id: BidId
    listing_id: ListingId
    lender: str
    amount: int
    currency: str
    state: StateName
    reason: str | None
    hold_id: TransferId | None
    loan_id: LoanId | None
    requested_at: datetime
    changed_at: datetime


def bid_answer(bid: Bid) -> BidAnswer:
    return BidAnswer(
        id=bid.id,
        listing_id=bid.listing_id,
        lender=bid.lender,
        amount=bid.amount_minor,
        currency=bid.currency,
        state=bid.state.value,
        reason=bid.reason,
        hold_id=bid.hold_id,
        loan_id=bid.loan_id,
        requested_at=bid.requested_at,
        changed_at=bid.changed_at,
    )

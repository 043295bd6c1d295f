"""Bids on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.bids.model import Bid
from services.p2p.wire_ids import BidId, ListingId, LoanId, StandingOrderId, TransferId

StateName = Literal["pending", "placed", "refused", "releasing", "released", "funded"]


class BidRequest(wire.Request):
    """amount: a number of the listing's lots; annual_rate: named in an auction, to 0.0001, and nowhere else."""

    amount: wire.Amount
    currency: wire.Currency
    annual_rate: Annotated[wire.Rate, Field(ge=Decimal(0), le=Decimal(1), decimal_places=4)] | None = None


class BidAnswer(wire.Answer):
    """reason: why it was refused or released, a code (`insufficient_funds`, `no_wallet`, `withdrawn`, `listing_failed`, …).

    hold_id: the pending transfer behind it in payments, or the one that is asked for; standing_order_id: of the order that made it.
    annual_rate: in an auction, what was bid; held_minor: what is held, where less than that was won.
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
    standing_order_id: StandingOrderId | None
    annual_rate: wire.Rate | None
    held_minor: int | None


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
        standing_order_id=bid.standing_order_id,
        annual_rate=bid.annual_rate,
        held_minor=bid.held_minor,
    )

"""Events of bids."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.bids.model import Bid
from services.p2p.wire_ids import BidId, ListingId

BID_PLACED = "p2p.bid.placed.v1"
BID_REFUSED = "p2p.bid.refused.v1"
BID_RELEASED = "p2p.bid.released.v1"


class BidTold(Answer):
    """A bid was placed (its hold stands), refused, or released (its hold was voided). lender: `cus_…`; reason: a code."""

    bid_id: BidId
    listing_id: ListingId
    lender: str
    amount: int
    currency: str
    state: Literal["placed", "refused", "released"]
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {BID_PLACED: BidTold, BID_REFUSED: BidTold, BID_RELEASED: BidTold}


def told(bid: Bid) -> dict[str, object]:
    return BidTold(
        bid_id=bid.id,
        listing_id=bid.listing_id,
        lender=bid.lender,
        amount=bid.amount_minor,
        currency=bid.currency,
        state=bid.state.value,
        reason=bid.reason,
    ).model_dump(mode="json")

"""Events of bids."""

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol
from uuid import UUID

from pydantic import Field

from chassis.wire import Answer
from services.p2p.bids.model import Bid
from services.p2p.listings.model import Listing
from services.p2p.wire_ids import BidId, ListingId, StandingOrderId, bid_text, listing_text, standing_order_text

BID_PLACED = "p2p.bid.placed.v1"
BIDS_PLACED = "p2p.bids.placed.v1"
BID_REFUSED = "p2p.bid.refused.v1"
BID_RELEASED = "p2p.bid.released.v1"


class BidTold(Answer):
    """A bid was placed (its hold stands), refused, or released (its hold was voided). lender: `cus_…`; reason: a code.

    Bids that standing orders placed are told together, by `p2p.bids.placed.v1`.
    """

    bid_id: BidId
    listing_id: ListingId
    lender: str
    amount: int
    currency: str
    state: Literal["placed", "refused", "released"]
    reason: str | None


class OrderBid(Answer):
    """lender: `cus_…`."""

    bid_id: BidId
    standing_order_id: StandingOrderId
    lender: str
    amount: int


class BidsTold(Answer):
    """Bids of standing orders were placed in a listing by one round of its run, at most 500 an event; each is told once."""

    listing_id: ListingId
    currency: str
    placed: Annotated[list[OrderBid], Field(min_length=1, max_length=500)]


EVENT_TYPES: dict[str, type[Answer]] = {
    BID_PLACED: BidTold,
    BIDS_PLACED: BidsTold,
    BID_REFUSED: BidTold,
    BID_RELEASED: BidTold,
}


class OrdersBid(Protocol):
    """A bid that a standing order made."""

    @property
    def bid_id(self) -> UUID: ...
    @property
    def order_id(self) -> UUID: ...
    @property
    def lender(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...


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


def placed_by_orders(listing: Listing, bids: Sequence[OrdersBid]) -> dict[str, object]:
    """A BidsTold, written by hand: a fill has hundreds of bids."""
    return {
        "listing_id": listing_text(listing.id),
        "currency": listing.currency,
        "placed": [
            {
                "bid_id": bid_text(bid.bid_id),
                "standing_order_id": standing_order_text(bid.order_id),
                "lender": bid.lender,
                "amount": bid.amount_minor,
            }
            for bid in bids
        ],
    }


def refused_of_order(listing: Listing, bid: OrdersBid, reason: str) -> dict[str, object]:
    return BidTold(
        bid_id=bid.bid_id,
        listing_id=listing.id,
        lender=bid.lender,
        amount=bid.amount_minor,
        currency=listing.currency,
        state="refused",
        reason=reason,
    ).model_dump(mode="json")

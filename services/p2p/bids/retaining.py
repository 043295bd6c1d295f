"""The bid of a loan's originator for the share that it keeps: made with the opening, before anybody else's."""

from chassis.database import Tx
from services.p2p.bids import queries
from services.p2p.bids.model import Bid, BidState
from services.p2p.listings.model import Listing

PLACE_JOB = "p2p.place_bid"
NOT_FUNDED = "retained_share_not_funded"


def is_retained(listing: Listing, lender: str) -> bool:
    """Whether a lender's bid on a listing, and her claim on its loan, is the share that the originator keeps."""
    return listing.retained_by == lender


async def bid_retained(tx: Tx, listing: Listing) -> int:
    """Its hold is asked for as any other's. Answers what it takes of the listing, which the caller counts."""
    assert listing.retained_by is not None
    assert listing.retained_minor is not None
    bid = Bid(
        id=tx.ids.new(),
        listing_id=listing.id,
        lender=listing.retained_by,
        amount_minor=listing.retained_minor,
        currency=listing.currency,
        state=BidState.PENDING,
        reason=None,
        account_id=None,
        hold_id=None,
        loan_id=None,
        requested_at=tx.now,
        changed_at=tx.now,
    )
    await queries.add(tx.connection, bid)
    tx.jobs.add(PLACE_JOB, {"id": str(bid.id)})
    return bid.amount_minor

"""The states of a bid, and what a bid must satisfy.

| state | event | by | to |
|---|---|---|---|
| pending | place | ledger took the hold, listing open | placed |
| pending | refuse | ledger refused the hold, or there is no wallet | refused |
| pending | release | ledger took the hold, listing no longer open | releasing |
| placed | release | lender before full; outbid; listing failed; ledger could not post | releasing |
| placed | fund | ledger posted the hold | funded |
| refused | release | ledger took the hold after all: the job ran twice at once, and the wallet was opened in between | releasing |
| releasing | released | ledger voided the hold | released |

Apart from that, refused, released and funded are final. No state has a deadline of its own: pending and releasing are ended by their jobs,
placed by the listing.
"""

from collections.abc import Mapping

from services.p2p.bids.model import Bid, BidEvent, BidState
from services.p2p.errors import (
    AboveLenderShare,
    BelowLot,
    BidTooLarge,
    CurrencyDiffers,
    NotAllowedInState,
    NotInLots,
    OwnListing,
)
from services.p2p.listings.model import Listing
from services.p2p.programmes.model import Programme

TRANSITIONS: Mapping[tuple[BidState, BidEvent], BidState] = {
    (BidState.PENDING, BidEvent.PLACE): BidState.PLACED,
    (BidState.PENDING, BidEvent.REFUSE): BidState.REFUSED,
    (BidState.PENDING, BidEvent.RELEASE): BidState.RELEASING,
    (BidState.PLACED, BidEvent.RELEASE): BidState.RELEASING,
    (BidState.PLACED, BidEvent.FUND): BidState.FUNDED,
    (BidState.REFUSED, BidEvent.RELEASE): BidState.RELEASING,
    (BidState.RELEASING, BidEvent.RELEASED): BidState.RELEASED,
}
COMMITTED = frozenset({BidState.PENDING, BidState.PLACED})
"""States in which a bid takes room in its listing."""


def next_state(bid: Bid, event: BidEvent) -> BidState:
    """Where the event takes the bid. Raises NotAllowedInState."""
    state = TRANSITIONS.get((bid.state, event))
    if state is None:
        raise NotAllowedInState(f"a bid that is {bid.state} cannot {event}", state=bid.state.value)
    return state


def require_acceptable(listing: Listing, *, lender: str, amount_minor: int, currency: str) -> None:
    """Raises OwnListing, CurrencyDiffers, BelowLot, NotInLots, BidTooLarge. Whether it is open was asked before."""
    if lender == listing.borrower:
        raise OwnListing("nobody bids on her own listing", field="listing_id")
    if currency != listing.currency:
        raise CurrencyDiffers(f"the listing is in {listing.currency}", field="currency")
    if amount_minor < listing.lot_minor:
        raise BelowLot("the bid is below the lot", field="amount", lot_minor=listing.lot_minor)
    if amount_minor % listing.lot_minor:
        raise NotInLots("the bid is not a number of lots", field="amount", lot_minor=listing.lot_minor)
    if amount_minor > listing.left_minor:
        raise BidTooLarge("the bid is above what is left", field="amount", left_minor=listing.left_minor)


def require_share(listing: Listing, programme: Programme, lenders_minor: int) -> None:
    """lenders_minor: what one lender would have of the listing. Raises AboveLenderShare."""
    most = int(programme.largest_lender_share * listing.amount_minor)
    if lenders_minor > most:
        raise AboveLenderShare("one lender takes less of a listing", field="amount", most_minor=most)

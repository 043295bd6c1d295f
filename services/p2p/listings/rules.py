"""The states of a listing, and what its terms must satisfy.

| state | event | by | to |
|---|---|---|---|
| draft | open | account opened in payments | open |
| draft | fail | payments refused, time | releasing |
| open | fill | the bid whose hold completes it | full |
| open | fail | time (deadline), borrower, operator, no money for the share that the originator keeps | releasing |
| full | contract | in the same transaction | disbursing |
| full | fail | the law: dearer than its ceiling on the day of the contract, or who stands behind it has no licence any more | releasing |
| disbursing | disburse | ledger accepted the batch | disbursed |
| disbursing | reopen | ledger refused a hold, before the deadline | open |
| disbursing | fail | ledger refused a hold after the deadline, or the payout | releasing |
| releasing | released | last hold voided | failed |

disbursed and failed are final. draft and open end by themselves at `due_at`; full, disbursing and releasing by their jobs.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.p2p.errors import (
    AboveLenderShare,
    BelowLot,
    DeadlineNotAllowed,
    ListingClosed,
    NotAllowedInState,
    NotInLots,
)
from services.p2p.listings.model import Listing, ListingEvent, ListingState
from services.p2p.programmes.model import Programme
from services.p2p.programmes.rules import MOST_HOLDERS

DEFAULT_OPEN_DAYS = 7
DRAFT_DAYS = 1

TRANSITIONS: Mapping[tuple[ListingState, ListingEvent], ListingState] = {
    (ListingState.DRAFT, ListingEvent.OPEN): ListingState.OPEN,
    (ListingState.DRAFT, ListingEvent.FAIL): ListingState.RELEASING,
    (ListingState.OPEN, ListingEvent.FILL): ListingState.FULL,
    (ListingState.OPEN, ListingEvent.FAIL): ListingState.RELEASING,
    (ListingState.FULL, ListingEvent.CONTRACT): ListingState.DISBURSING,
    (ListingState.FULL, ListingEvent.FAIL): ListingState.RELEASING,
    (ListingState.DISBURSING, ListingEvent.DISBURSE): ListingState.DISBURSED,
    (ListingState.DISBURSING, ListingEvent.REOPEN): ListingState.OPEN,
    (ListingState.DISBURSING, ListingEvent.FAIL): ListingState.RELEASING,
    (ListingState.RELEASING, ListingEvent.RELEASED): ListingState.FAILED,
}
FINAL = frozenset({ListingState.DISBURSED, ListingState.FAILED})


def next_state(listing: Listing, event: ListingEvent) -> ListingState:
    """Where the event takes the listing. Raises NotAllowedInState."""
    state = TRANSITIONS.get((listing.state, event))
    if state is None:
        raise NotAllowedInState(f"a listing that is {listing.state} cannot {event}", state=listing.state.value)
    return state


def require_open(listing: Listing, now: datetime) -> None:
    """At its deadline a listing takes no bid, though nobody has closed it yet. Raises ListingClosed."""
    if listing.state is not ListingState.OPEN or listing.closes_at <= now:
        state = "past_deadline" if listing.state is ListingState.OPEN else listing.state.value
        raise ListingClosed("the listing takes no bids", state=state)


def lot_of(programme: Programme, amount_minor: int, wanted: int | None) -> int:
    """The least bid and its step. Raises BelowLot, NotInLots, AboveLenderShare.

    The amount is a whole number of lots, and never more of them than a loan may have holders; one lender may have at least one.
    """
    lot = programme.lot_minor if wanted is None else wanted
    if lot % programme.lot_minor:
        raise BelowLot("a lot is a number of the programme's", field="lot_minor", lot_minor=programme.lot_minor)
    if amount_minor % lot:
        raise NotInLots("the amount is not a number of lots", field="lot_minor")
    if amount_minor // lot > MOST_HOLDERS:
        raise BelowLot(f"a loan has at most {MOST_HOLDERS} lots", field="lot_minor")
    most = int(programme.largest_lender_share * amount_minor)
    if lot > most:
        raise AboveLenderShare("nobody could bid: one lender takes less than a lot", field="lot_minor", most_minor=most)
    return lot


def closing_time(programme: Programme, now: datetime, wanted: datetime | None) -> datetime:
    """When bidding ends. Raises DeadlineNotAllowed for a time that is past or later than the programme lets it be."""
    latest = now + timedelta(days=programme.longest_open_days)
    if wanted is None:
        return min(latest, now + timedelta(days=DEFAULT_OPEN_DAYS))
    if not now < wanted <= latest:
        raise DeadlineNotAllowed("bidding ends after now and within the programme's days", field="closes_at")
    return wanted


def due_at(listing: Listing, state: ListingState, now: datetime) -> datetime | None:
    """When a listing that enters the state now leaves it by itself; the rest are brought on by their jobs."""
    if state is ListingState.DRAFT:
        return min(listing.closes_at, now + timedelta(days=DRAFT_DAYS))
    return listing.closes_at if state is ListingState.OPEN else None

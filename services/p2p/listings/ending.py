"""How a listing ends without a loan: by its deadline, by its borrower, or because its money could not be moved. Every hold is released."""

from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.applications import actions as application_actions
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import queries as bid_queries
from services.p2p.errors import NotAllowedInState, UnknownListing
from services.p2p.listings import actions
from services.p2p.listings.events import LISTING_UNFILLED, told
from services.p2p.listings.model import Listing, ListingEvent, ListingState
from services.p2p.wire_ids import listing_text

RELEASE_JOB = "p2p.release_listing"


async def fail(tx: Tx, listing: Listing, *, reason: str, taken_by: str) -> Listing:
    """A locked listing ends: its placed bids are to be released; with none it has failed at once."""
    failing = await actions.step(tx, listing, ListingEvent.FAIL, taken_by=taken_by, reason=reason)
    failing = await bid_actions.release_all(tx, failing, reason="listing_failed")
    tx.jobs.add(RELEASE_JOB, {"id": str(listing.id)})
    return await finish(tx, failing)


async def finish(tx: Tx, listing: Listing) -> Listing:
    """Failed, once no bid of a releasing listing holds or may hold money."""
    if listing.state is not ListingState.RELEASING or await bid_queries.unsettled(tx.connection, listing.id):
        return listing
    failed = await actions.step(tx, listing, ListingEvent.RELEASED, taken_by="payments")
    await application_actions.settle_listing(tx, application_id=listing.application_id, funded=False)
    tx.events.add(LISTING_UNFILLED, listing_text(listing.id), told(failed, "failed"))
    return failed


async def close(tx: Tx, caller: Caller, *, listing_id: UUID) -> Listing:
    """Time ends a listing past its deadline; nothing happens if something else ended its state first."""
    listing = await actions.locked(tx, listing_id)
    if listing.due_at is None or listing.due_at > tx.now:
        return listing
    reason = "deadline" if listing.state is ListingState.OPEN else "not_opened_in_time"
    return await fail(tx, listing, reason=reason, taken_by="time")


async def cancel(tx: Tx, caller: Caller, *, listing_id: UUID) -> Listing:
    """The borrower, or staff, takes an open listing back. Raises UnknownListing, NotAllowedInState."""
    listing = await actions.locked(tx, listing_id)
    by_staff = caller.may("p2p:operate")
    if caller.party != listing.borrower and not by_staff:
        raise UnknownListing("no such listing", field="listing_id")
    if listing.state is not ListingState.OPEN:
        raise NotAllowedInState("only an open listing can be taken back", state=listing.state.value)
    reason = "withdrawn" if caller.party == listing.borrower else "cancelled_by_staff"
    return await fail(tx, listing, reason=reason, taken_by=caller.subject)


async def record_not_opened(tx: Tx, caller: Caller, *, listing_id: UUID, reason: str) -> Listing:
    """Payments finally refused its account."""
    listing = await actions.locked(tx, listing_id)
    if listing.state is not ListingState.DRAFT:
        return listing
    return await fail(tx, listing, reason=reason, taken_by="payments")


async def record_released(tx: Tx, caller: Caller, *, listing_id: UUID, bid_ids: list[UUID]) -> Listing:
    """The ledger gave these holds back."""
    listing = await actions.locked(tx, listing_id)
    await bid_actions.record_released(tx, bid_ids)
    return await finish(tx, listing)

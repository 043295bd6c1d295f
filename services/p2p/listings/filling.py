"""What the ledger's answer to a bid's hold does: the bid is placed or refused, and the one that completes the amount fills the listing."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.model import Bid, BidState
from services.p2p.listings import actions, ending
from services.p2p.listings.events import LISTING_FILLED, filled
from services.p2p.listings.model import Listing, ListingEvent, ListingState
from services.p2p.loans import actions as loan_actions
from services.p2p.wire_ids import listing_text


async def record_hold(
    tx: Tx, caller: Caller, *, bid_id: UUID, account_id: UUID | None, hold_id: UUID | None, refused: str | None
) -> Bid:
    """account_id, hold_id: the lender's account and the hold on it; refused: why there is none."""
    known = await bid_actions.loaded(tx, bid_id)
    listing = await actions.locked(tx, known.listing_id)
    bid = await bid_actions.locked(tx, bid_id)
    if bid.state is BidState.REFUSED and hold_id is not None:
        return await bid_actions.release_found(tx, replace(bid, account_id=account_id, hold_id=hold_id))
    if bid.state is not BidState.PENDING:
        return bid
    if refused is not None or account_id is None:
        await bid_actions.refuse(tx, listing, bid, reason=refused or "no_wallet")
        await ending.finish(tx, await actions.locked(tx, listing.id))
        return await bid_actions.loaded(tx, bid_id)
    held = replace(bid, account_id=account_id, hold_id=hold_id)
    if listing.state is not ListingState.OPEN:
        return await bid_actions.release_late(tx, listing, held)
    placed, counted = await bid_actions.mark_placed(tx, listing, held)
    if counted.placed_minor == counted.amount_minor:
        await _fill(tx, counted)
    return placed


async def _fill(tx: Tx, listing: Listing) -> Listing:
    """Full: the contract follows in the same transaction."""
    full = await actions.step(tx, replace(listing, full_at=tx.now), ListingEvent.FILL, taken_by="bids")
    bids = await bid_queries.placed(tx.connection, listing.id)
    assert full.opened_at is not None
    seconds = int((tx.now - full.opened_at).total_seconds())
    tx.events.add(LISTING_FILLED, listing_text(full.id), filled(full, seconds, len(bids)))
    offer = await loan_actions.offer_now(tx, full)
    if not offer.allowed:
        return await ending.fail(tx, full, reason="above_rate_ceiling", taken_by="law")
    return await loan_actions.contract(tx, full, offer, bids)

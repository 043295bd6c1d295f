"""What the ledger's answer to a bid's hold does: the bid is placed or refused, and the one that completes the amount fills the listing."""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.auctions import actions as auction_actions
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.model import Bid, BidState
from services.p2p.bids.retaining import NOT_FUNDED, is_retained
from services.p2p.listings import actions, ending
from services.p2p.listings.events import LISTING_FILLED, filled
from services.p2p.listings.model import Listing, ListingEvent, ListingState
from services.p2p.loans import actions as loan_actions
from services.p2p.originators import origination
from services.p2p.programmes import queries as programme_queries
from services.p2p.wire_ids import listing_text


class Filled(NamedTuple):
    """loan_id: of the contract, None where the law did not allow it on its day."""

    listing: Listing
    loan_id: UUID | None


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
        if is_retained(listing, bid.lender) and listing.state is ListingState.OPEN:
            # Nobody lends in its place: without its own share in it the loan is not made.
            listing = await ending.fail(tx, listing, reason=NOT_FUNDED, taken_by="payments")
        await bid_actions.refuse(tx, listing, bid, reason=refused or "no_wallet")
        counted = await actions.locked(tx, listing.id)
        if counted.is_auction and counted.state is ListingState.OPEN:
            await _go_on(tx, counted)
        await ending.finish(tx, counted)
        return await bid_actions.loaded(tx, bid_id)
    held = replace(bid, account_id=account_id, hold_id=hold_id)
    if listing.state is not ListingState.OPEN:
        return await bid_actions.release_late(tx, listing, held)
    placed, counted = await bid_actions.mark_placed(tx, listing, held)
    if counted.is_auction:
        await _go_on(tx, counted)
    elif counted.placed_minor == counted.amount_minor:
        await fill(tx, counted)
    return placed


async def close(tx: Tx, caller: Caller, *, listing_id: UUID) -> Listing:
    """Time ends a listing past its deadline: an auction that is covered is cleared, once every hold asked for is answered."""
    listing = await actions.locked(tx, listing_id)
    if listing.is_auction and listing.state is ListingState.OPEN and listing.closes_at <= tx.now:
        if await bid_queries.any_pending(tx.connection, listing_id):
            return listing
        cleared = await auction_actions.clear(tx, listing)
        if cleared is not None:
            return (await fill(tx, cleared)).listing
    return await ending.close(tx, caller, listing_id=listing_id)


async def _go_on(tx: Tx, listing: Listing) -> None:
    """An auction with one more answer to a bid's hold: others may be outbid; it ends early when nobody can bid less."""
    listing, placed = await auction_actions.displace(tx, listing)
    programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    if await auction_actions.can_go_lower(tx, listing, placed, programme):
        return
    cleared = await auction_actions.clear(tx, listing)
    assert cleared is not None, "an auction at its lowest rate is covered"
    await fill(tx, cleared)


async def fill(tx: Tx, listing: Listing, *, coming: int = 0) -> Filled:
    """Full: the contract follows in the same transaction. coming: bids that are counted in, and that the caller places next."""
    full = await actions.step(tx, replace(listing, full_at=tx.now), ListingEvent.FILL, taken_by="bids")
    bids = coming + await bid_queries.count_placed(tx.connection, listing.id)
    assert full.opened_at is not None
    seconds = int((tx.now - full.opened_at).total_seconds())
    tx.events.add(LISTING_FILLED, listing_text(full.id), filled(full, seconds, bids))
    offer = await loan_actions.offer_now(tx, full)
    if not offer.allowed:
        return Filled(await ending.fail(tx, full, reason="above_rate_ceiling", taken_by="law"), None)
    if not await origination.licences_hold(tx, full.application_id, full.id):
        return Filled(await ending.fail(tx, full, reason="licence_not_valid", taken_by="law"), None)
    return Filled(*await loan_actions.contract(tx, full, offer))

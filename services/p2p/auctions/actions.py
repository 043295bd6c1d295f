"""What a placed bid does to the others of an auction, and how one is cleared. The listing is locked throughout."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from chassis.database import Tx
from services.p2p.auctions import rules
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.model import Bid, BidState
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import Listing
from services.p2p.programmes.model import Programme

RELEASE_LISTING_JOB = "p2p.release_listing"


async def require_could_win(tx: Tx, listing: Listing, rate: Decimal) -> None:
    """Raises RateNotLowEnough, TooManyHolders."""
    rules.require_could_win(await bid_queries.placed(tx.connection, listing.id), listing.amount_minor, rate)


async def displace(tx: Tx, listing: Listing) -> tuple[Listing, list[Bid]]:
    """Bids above the margin are outbid: their holds go back by a job of this transaction. Answers those that stand, too."""
    placed = await bid_queries.placed(tx.connection, listing.id)
    lost = rules.outbid(placed, listing.amount_minor)
    gone = {bid.id for bid in lost}
    return await _lose(tx, listing, lost), [bid for bid in placed if bid.id not in gone]


async def clear(tx: Tx, listing: Listing) -> Listing | None:
    """The listing at the clearing rate, its winners' bids at what they won; None where the bids do not cover it."""
    placed = await bid_queries.placed(tx.connection, listing.id)
    clearing = rules.clear(placed, listing.amount_minor, listing.lot_minor)
    if clearing is None:
        return None
    listing = await _lose(tx, listing, clearing.lost)
    parts = {bid.id: won for bid in placed if (won := clearing.awards.get(bid.id, 0)) and won < bid.amount_minor}
    await bid_queries.cut(tx.connection, parts, tx.now)
    won_minor = sum(clearing.awards.values())
    cleared = replace(listing, annual_rate=clearing.rate, committed_minor=won_minor, placed_minor=won_minor)
    await listing_queries.save(tx.connection, cleared)
    return cleared


async def can_go_lower(tx: Tx, listing: Listing, placed: Sequence[Bid], programme: Programme) -> bool:
    """False once the amount is covered at the programme's lowest rate, and no bid waits for its hold."""
    if rules.margin(placed, listing.amount_minor) != programme.lowest_rate:
        return True
    return await bid_queries.any_pending(tx.connection, listing.id)


async def _lose(tx: Tx, listing: Listing, lost: Sequence[Bid]) -> Listing:
    if not lost:
        return listing
    ids = [bid.id for bid in lost]
    await bid_queries.set_state(tx.connection, ids, BidState.RELEASING, tx.now, was=BidState.PLACED, reason="outbid")
    tx.jobs.add(RELEASE_LISTING_JOB, {"id": str(listing.id)})
    amount = sum(bid.amount_minor for bid in lost)
    counted = replace(
        listing, committed_minor=listing.committed_minor - amount, placed_minor=listing.placed_minor - amount
    )
    await listing_queries.save(tx.connection, counted)
    return counted

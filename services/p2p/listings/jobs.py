"""Calls to payments about listings, and what time does to them."""

from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import Refused
from services.p2p.bids.jobs import HoldNotReleased, release
from services.p2p.bids.queries import releasing
from services.p2p.custody.moving import ways_of
from services.p2p.listings import actions, ending, filling, queries
from services.p2p.listings.model import Listing, ListingState
from services.p2p.refusals import is_final
from services.p2p.wire_ids import listing_text

SLICE = 500
P2P = service_caller("p2p")
log = structlog.get_logger(__name__)


async def open_listing(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Open the listing's account, the borrower's wallet and the house's accounts where they are missing; in custody hers is there."""
    listing_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        listing = await queries.load(connection, listing_id)
    if listing is None or listing.state is not ListingState.DRAFT:
        return
    seed = f"p2p.listing.opened\0{listing_id}"
    try:
        account_id, borrower_account_id = await _accounts(runtime, listing)
    except Refused as refused:
        if not is_final(refused):
            raise
        await commands.perform(
            runtime, ending.record_not_opened, P2P, seed=seed, listing_id=listing_id, reason=refused.code
        )
        return
    await commands.perform(
        runtime,
        actions.record_opened,
        P2P,
        seed=seed,
        listing_id=listing_id,
        account_id=account_id,
        borrower_account_id=borrower_account_id,
    )


async def release_listing(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Void every hold of a listing that goes back, a slice at a time. A bid whose hold is not known yet comes later, by its own job.

    Raises HoldNotReleased once all have been tried.
    """
    listing_id, after = UUID(payload["id"]), None
    kept: HoldNotReleased | None = None
    while True:
        async with runtime.reading() as connection:
            listing = await queries.load(connection, listing_id)
            bids = await releasing(connection, listing_id, after=after)
        if listing is None or not bids:
            break
        after = bids[-1].id
        try:
            await release(runtime, listing, bids)
        except HoldNotReleased as fault:
            kept = fault
    if kept is not None:
        raise kept


async def close_due(runtime: Runtime) -> None:
    """End every listing past its deadline, each in its own transaction."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for listing_id in found:
        try:
            await commands.perform(
                runtime, filling.close, P2P, seed=f"p2p.listing.close\0{listing_id}", listing_id=listing_id
            )
        except Refusal as refusal:
            log.info("listing_left_for_later", listing_id=str(listing_id), code=refusal.code)
        except Exception:
            log.exception("listing_left_for_later", listing_id=str(listing_id))


async def _accounts(runtime: Runtime, listing: Listing) -> tuple[UUID, UUID]:
    ways = await ways_of(runtime, listing.programme_code, listing.programme_version)
    await ways.house(listing.currency)
    purse = await ways.opened_purse(listing.borrower, listing.currency)
    account_id = await ways.open_project(listing_text(listing.id), listing.borrower, listing.currency)
    return account_id, purse.account_id

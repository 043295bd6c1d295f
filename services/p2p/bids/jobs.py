"""Holds: asked for, and voided, outside any transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.commands import TransferCommand
from services.p2p.bids import queries
from services.p2p.bids.model import Bid, BidState
from services.p2p.custody.moving import ways_of
from services.p2p.listings import ending, filling
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import Listing
from services.p2p.refusals import is_final, reason_of
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import bid_text, listing_text

P2P = service_caller("p2p")
HOLD_CODE = "p2p.bid.hold"
RELEASE_CODE = "p2p.bid.release"
GONE = frozenset({"hold_already_voided", "hold_expired"})
"""Answers to a void that mean: the money is free already."""


class HoldNotReleased(Exception):
    """The ledger does not give a hold back, and it is not free either: somebody has to look."""


async def place_bid(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Ask for the hold behind a bid. Asked again it is the same hold, so the answer is always learned."""
    bid_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        bid = await queries.load(connection, bid_id)
        listing = await listing_queries.load(connection, bid.listing_id) if bid else None
    if bid is None or listing is None or listing.account_id is None or bid.state is not BidState.PENDING:
        return
    account_id, hold_id, refused = await _hold(runtime, bid, listing, listing.account_id)
    await commands.perform(
        runtime,
        filling.record_hold,
        P2P,
        seed=f"p2p.bid.hold\0{bid_id}",
        bid_id=bid_id,
        account_id=account_id,
        hold_id=hold_id,
        refused=refused,
    )


async def release_bid(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Void the hold of one bid."""
    bid_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        bid = await queries.load(connection, bid_id)
        listing = await listing_queries.load(connection, bid.listing_id) if bid else None
    if bid is None or listing is None or bid.state is not BidState.RELEASING:
        return
    await release(runtime, listing, [bid])


async def release(runtime: Runtime, listing: Listing, bids: Sequence[Bid]) -> None:
    """Void holds, each by itself, and record those that are free. Raises HoldNotReleased if one is not."""
    orders = [_void(bid) for bid in bids]
    ways = await ways_of(runtime, listing.programme_code, listing.programme_version)
    outcomes = await ways.move(orders, subject=listing_text(listing.id), mode="independent")
    free = [outcome.accepted or outcome.result in GONE for outcome in outcomes]
    await commands.perform(
        runtime,
        ending.record_released,
        P2P,
        seed=f"p2p.bids.released\0{bids[0].id}\0{len(bids)}",
        listing_id=listing.id,
        bid_ids=[bid.id for bid, is_free in zip(bids, free, strict=True) if is_free],
    )
    kept = sorted({outcome.result for outcome, is_free in zip(outcomes, free, strict=True) if not is_free})
    if kept:
        raise HoldNotReleased(f"{free.count(False)} holds are not given back: {', '.join(kept)}")


def _void(bid: Bid) -> TransferCommand:
    assert bid.account_id is not None
    return TransferCommand(
        id=derived(bid.requested_at, bid.account_id, "release", bid.id),
        kind="void",
        pending_id=bid.hold_id,
        code=RELEASE_CODE,
        reference=listing_text(bid.listing_id),
    )


async def _hold(
    runtime: Runtime, bid: Bid, listing: Listing, escrow_id: UUID
) -> tuple[UUID | None, UUID | None, str | None]:
    """(lender's account, hold, None), or why there is no hold."""
    try:
        ways = await ways_of(runtime, listing.programme_code, listing.programme_version)
        purse = await ways.purse(bid.lender, bid.currency)
        if purse is None:
            return None, None, "no_wallet"
        hold_id = derived(bid.requested_at, purse.account_id, "hold", bid.id)
        hold = TransferCommand(
            id=hold_id,
            kind="pending",
            debit_account_id=purse.account_id,
            credit_account_id=escrow_id,
            amount=bid.amount_minor,
            currency=bid.currency,
            code=HOLD_CODE,
            reference=listing_text(bid.listing_id),
        )
        await ways.move([hold], subject=bid_text(bid.id), acting_for=bid.lender)
    except Refused as refused:
        if not is_final(refused):
            raise
        return None, None, reason_of(refused)
    return purse.account_id, hold_id, None

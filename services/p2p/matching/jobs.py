"""A run, round by round: what a transaction chose is asked of the ledger in one call, outside any transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from services.p2p.bids.jobs import HOLD_CODE
from services.p2p.custody.moving import ways_of
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import Listing, ListingState
from services.p2p.matching import actions, queries
from services.p2p.matching.model import Asked, Hold, RunState
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import listing_text

P2P = service_caller("p2p")
RESERVE_CODE = "p2p.bid.reserve"
NOT_BY_ITSELF = "linked_transfer_failed"
MADE = frozenset({"created", "exists"})
Order = dict[str, Any]
"""A transfer as it goes over the wire: a round has hundreds, and a typed command for each costs as much as the hold."""


async def match_listing(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All rounds of a listing's run, from wherever it stands."""
    listing_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        listing = await listing_queries.load(connection, listing_id)
        asked: Sequence[Asked] = await queries.asked(connection, listing_id)
        run = await queries.running(connection, listing_id)
    while listing is not None:
        if asked and (await _answer(runtime, listing, asked)).state is ListingState.DISBURSING:
            return  # the hold that completed it ended the run
        if run is None or run.state is RunState.FINISHED:
            return
        seed = f"p2p.matching.round\0{run.id}\0{run.rounds}"
        chosen = await commands.perform(runtime, actions.next_round, P2P, seed=seed, listing_id=listing_id)
        if chosen is None:
            return
        run, listing, asked = chosen


async def _answer(runtime: Runtime, listing: Listing, asked: Sequence[Asked]) -> Listing:
    """The holds of a round. Asked again they are the same holds, so the answer is always learned."""
    assert listing.account_id is not None
    into = encode("acc", listing.account_id)
    chains = [_orders_of(listing, into, one) for one in asked]
    ways = await ways_of(runtime, listing.programme_code, listing.programme_version)
    lenders = sorted({one.lender for one in asked})
    results = await ways.move_chains(chains, subject=listing_text(listing.id), acting_for_all=lenders)
    holds = [
        Hold(one.bid_id, one.account_id, one.hold_id, _refusal(its), one.refusals)
        for one, its in zip(asked, results, strict=True)
    ]
    seed = f"p2p.matching.holds\0{asked[0].bid_id}"
    return await commands.perform(runtime, actions.record_holds, P2P, seed=seed, listing_id=listing.id, holds=holds)


def _orders_of(listing: Listing, into: str, one: Asked) -> list[Order]:
    """The hold; where something must stay in the wallet, linked between a hold of that and its void: so that it was there beside."""
    wallet, reference = encode("acc", one.account_id), listing_text(listing.id)
    hold: Order = {
        "id": encode("trf", one.hold_id),
        "kind": "pending",
        "debit_account_id": wallet,
        "credit_account_id": into,
        "amount": one.amount_minor,
        "currency": listing.currency,
        "code": HOLD_CODE,
        "reference": reference,
    }
    if not one.reserve_minor:
        return [hold]
    kept = derived(one.requested_at, one.account_id, "reserve", one.bid_id)
    reserve = hold | {
        "id": encode("trf", kept),
        "amount": one.reserve_minor,
        "code": RESERVE_CODE,
        "flags": ["linked"],
    }
    back: Order = {
        "id": encode("trf", derived(one.requested_at, one.account_id, "reserve_back", one.bid_id)),
        "kind": "void",
        "pending_id": encode("trf", kept),
        "code": RESERVE_CODE,
        "reference": reference,
    }
    return [reserve, hold | {"flags": ["linked"]}, back]


def _refusal(results: Sequence[str]) -> str | None:
    """Of a chain that is made whole or not at all: None where it was, else the first code that tells why not."""
    if all(result in MADE for result in results):
        return None
    return next((code for code in results if code != NOT_BY_ITSELF), results[0])

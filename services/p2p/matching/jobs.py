"""A run, round by round: what a transaction chose is asked of the ledger in one call, outside any transaction."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand, TransferOutcome
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.jobs import HOLD_CODE
from services.p2p.bids.model import Bid
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import Listing
from services.p2p.matching import actions, queries
from services.p2p.matching.model import Hold, RunState
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import listing_text

P2P = service_caller("p2p")
RESERVE_CODE = "p2p.bid.reserve"
NOT_BY_ITSELF = "linked_transfer_failed"


async def match_listing(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All rounds of a listing's run, from wherever it stands."""
    listing_id = UUID(payload["id"])
    while True:
        await _answer_round(runtime, listing_id)
        async with runtime.reading() as connection:
            run = await queries.running(connection, listing_id)
        if run is None:
            return
        seed = f"p2p.matching.round\0{run.id}\0{run.rounds}"
        run = await commands.perform(runtime, actions.next_round, P2P, seed=seed, listing_id=listing_id)
        if run is None or run.state is RunState.FINISHED:
            return


async def _answer_round(runtime: Runtime, listing_id: UUID) -> None:
    """The holds of bids that wait for them. Asked again they are the same holds, so the answer is always learned."""
    async with runtime.reading() as connection:
        listing = await listing_queries.load(connection, listing_id)
        bids = await bid_queries.matched_pending(connection, listing_id)
        purses = await queries.purses(connection, listing_id) if bids else {}
    if listing is None or not bids:
        return
    orders = [_orders_of(listing, bid, *purses[bid.id]) for bid in bids]
    flat = [one for chain in orders for one in chain]
    lenders = sorted({bid.lender for bid in bids})
    outcomes = {
        outcome.id: outcome
        for outcome in await runtime.get(PaymentsClient).transfers(flat, mode="independent", acting_for_all=lenders)
    }
    await commands.perform(
        runtime,
        actions.record_holds,
        P2P,
        seed=f"p2p.matching.holds\0{bids[0].id}",
        listing_id=listing_id,
        holds=[_answer(bid, chain, outcomes) for bid, chain in zip(bids, orders, strict=True)],
    )


def _orders_of(listing: Listing, bid: Bid, account_id: UUID, reserve_minor: int) -> list[TransferCommand]:
    """The hold; where something must stay in the wallet, linked between a hold of that and its void: so that it was there beside."""
    hold = _pending(listing, bid, account_id, "hold", bid.amount_minor, HOLD_CODE)
    if not reserve_minor:
        return [hold]
    reserve = _pending(listing, bid, account_id, "reserve", reserve_minor, RESERVE_CODE)
    back = TransferCommand(
        id=derived(bid.requested_at, account_id, "reserve_back", bid.id),
        kind="void",
        pending_id=reserve.id,
        code=RESERVE_CODE,
        reference=listing_text(listing.id),
    )
    return [reserve.model_copy(update={"flags": ["linked"]}), hold.model_copy(update={"flags": ["linked"]}), back]


def _pending(listing: Listing, bid: Bid, account_id: UUID, what: str, amount_minor: int, code: str) -> TransferCommand:
    return TransferCommand(
        id=derived(bid.requested_at, account_id, what, bid.id),
        kind="pending",
        debit_account_id=account_id,
        credit_account_id=listing.account_id,
        amount=amount_minor,
        currency=listing.currency,
        code=code,
        reference=listing_text(listing.id),
    )


def _answer(bid: Bid, chain: Sequence[TransferCommand], outcomes: Mapping[UUID, TransferOutcome]) -> Hold:
    hold = next(one for one in chain if one.code == HOLD_CODE)
    if outcomes[hold.id].accepted:
        return Hold(bid.id, hold.id, None)
    codes = [outcomes[one.id].result for one in chain]
    return Hold(bid.id, hold.id, next((code for code in codes if code != NOT_BY_ITSELF), codes[0]))

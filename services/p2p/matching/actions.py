"""Stories of a run: a round chooses and commits pending bids; the ledger's answers are recorded; until full or exhausted.

The listing is locked first, then the book: so what a round sees is exact, and the same book and listing give the same fills.
Each round begins at the head of the queue, whatever the one before passed over: what was refused is offered in the queue's order.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.bids.events import BID_REFUSED, BIDS_PLACED, placed_by_orders, refused_of_order
from services.p2p.bids.model import BidState
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import ending, filling
from services.p2p.listings.model import Listing, ListingState
from services.p2p.matching import queries, rules, writing_queries
from services.p2p.matching.model import Asked, Choice, Decision, Hold, Outcome, Round, Run, RunState, Verdict, Waiting
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.standing_orders import actions as order_actions
from services.p2p.standing_orders import queries as order_queries
from services.p2p.standing_orders.events import ORDER_PAUSED
from services.p2p.standing_orders.events import told as order_told
from services.p2p.standing_orders.model import Wanted
from services.p2p.standing_orders.rules import REFUSALS_ALLOWED
from services.p2p.transfer_ids import hold_of
from services.p2p.wire_ids import bid_text, listing_text, standing_order_text

LEAST_LOOK, LARGEST_LOOK = 64, 8_192
"""How many orders a look at the queue fetches."""
LARGEST_ROUND = 16_384
"""Orders that a round looks at, more or less a look. Whoever could be asked first is: so the next round sees fewer of them."""
BIDS_OF_EVENT = 500


class Chosen(NamedTuple):
    """A round as it was committed. asked: holds that its bids wait for, listing: of which they are, as the round left it."""

    run: Run
    listing: Listing
    asked: Sequence[Asked]


async def next_round(tx: Tx, caller: Caller, *, listing_id: UUID) -> Chosen | None:
    """Choose whom the queue has for what is left of a listing. None where no run is under way, or its last round waits for the ledger."""
    listing = await listing_actions.locked(tx, listing_id)
    run = await queries.running(tx.connection, listing_id)
    if run is None or await queries.any_waiting(tx.connection, listing_id):
        return None
    if listing.left_minor < listing.lot_minor:
        return Chosen(await _finish(tx, run, Outcome.FULL), listing, ())
    if listing.state is not ListingState.OPEN or listing.closes_at <= tx.now:
        return Chosen(await _finish(tx, run, Outcome.CLOSED), listing, ())
    await order_queries.lock_book(tx.connection)
    programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    wanted = rules.wanted_of(listing, programme, left_minor=listing.left_minor, at=tx.now)
    choices = await _look(tx, listing, wanted, programme)
    moment, *places = await order_queries.block(tx.connection, 1 + len(choices))
    looked = replace(run, moment=moment, left_minor=listing.left_minor)
    if not any(choice.amount_minor for choice in choices):
        return Chosen(await _finish(tx, looked, Outcome.EXHAUSTED), listing, ())
    return await _write(tx, listing, looked, choices, places)


async def record_holds(tx: Tx, caller: Caller, *, listing_id: UUID, holds: Sequence[Hold]) -> Listing:
    """The ledger answered the holds of a round: bids are placed or refused, and the one that completes the amount fills the listing.

    The book is shared where an order changes by it: not for a hold that stands, unless one of its order had been refused before.
    """
    listing = await listing_actions.locked(tx, listing_id)
    waiting = await queries.waiting(tx.connection, listing_id)
    answered = [hold for hold in holds if hold.bid_id in waiting]
    refused = [(waiting[hold.bid_id], hold.refused) for hold in answered if hold.refused is not None]
    stand = [hold for hold in answered if hold.refused is None]
    if refused:
        listing = await _refused(tx, listing, refused)
    if stand:
        listing = await _held(tx, listing, stand, [waiting[hold.bid_id] for hold in stand])
    return await ending.finish(tx, listing)


async def _look(tx: Tx, listing: Listing, wanted: Wanted, programme: Programme) -> list[Choice]:
    """Along the queue from its head until the listing would be full, or the queue ends."""
    criteria = await queries.fitting(tx.connection, wanted)
    choices: list[Choice] = []
    after, lots = 0, wanted.left_minor // wanted.lot_minor
    look = max(LEAST_LOOK, lots + lots // 4)
    while criteria and wanted.left_minor >= wanted.lot_minor and len(choices) < LARGEST_ROUND:
        limit = max(16, 3 * look // (2 * len(criteria))) if len(criteria) > 1 else look
        found = await queries.front(
            tx.connection,
            listing,
            wanted,
            criteria,
            after=after,
            limit=limit,
            least_level=programme.level_by_grade.get(listing.grade, 0),
            today=tx.today,
            bank=programme.custody,
        )
        known = rules.known_front(found, limit)
        if not known:
            break
        lenders = {choice.candidate.lender for choice in choices if choice.amount_minor}
        chosen = rules.choose(known, wanted, lenders)
        choices += chosen
        wanted = replace(wanted, left_minor=wanted.left_minor - sum(choice.amount_minor for choice in chosen))
        if len(found) < limit and len(known) == len(found):
            break
        after, look = known[-1].place, min(2 * look, LARGEST_LOOK)
    return choices


async def _write(tx: Tx, listing: Listing, run: Run, choices: Sequence[Choice], places: Sequence[int]) -> Chosen:
    """places: the next of the book, one for each choice: at the tail of the queue in the order in which they stood."""
    assert run.moment is not None
    moved = replace(
        run,
        rounds=run.rounds + 1,
        reached=choices[-1].candidate.place,
        considered=run.considered + len(choices),
        changed_at=tx.now,
    )
    decisions: list[Decision] = []
    asked: list[Asked] = []
    for position, (choice, place) in enumerate(zip(choices, places, strict=True), run.considered + 1):
        if choice.verdict is Verdict.CHOSEN:
            asked.append(_asked(tx, choice))
            decisions.append(_decision(moved, position, choice, asked[-1].bid_id, place))
        else:
            decisions.append(_decision(moved, position, choice, None, None))
    seen = Round(run.id, moved.rounds, run.moment, run.left_minor, 0, len(choices), len(asked))
    made = [
        (
            one.bid_id, listing.id, one.lender, one.amount_minor, listing.currency, BidState.PENDING.value, one.account_id, one.hold_id,
            tx.now, tx.now, decision.order_id,
        )
        for one, decision in zip(asked, (one for one in decisions if one.bid_id is not None), strict=True)
    ]  # fmt: skip
    await writing_queries.write_round(tx.connection, seen, decisions, made, tx.now)
    listing = await listing_actions.count(tx, listing, committed_minor=sum(one.amount_minor for one in asked))
    await queries.save_run(tx.connection, moved)
    return Chosen(moved, listing, asked)


def _asked(tx: Tx, choice: Choice) -> Asked:
    candidate, bid_id = choice.candidate, tx.ids.new()
    hold_id = hold_of(bid_id, candidate.account_id, tx.now)
    reserve = candidate.bounds.reserve_minor
    return Asked(
        bid_id,
        candidate.lender,
        choice.amount_minor,
        candidate.account_id,
        hold_id,
        reserve,
        tx.now,
        candidate.refusals,
    )


def _decision(run: Run, position: int, choice: Choice, bid_id: UUID | None, place_after: int | None) -> Decision:
    candidate = choice.candidate
    return Decision(
        run.id,
        run.rounds,
        position,
        candidate.id,
        choice.verdict,
        choice.amount_minor,
        choice.bound_by,
        bid_id,
        candidate.version,
        candidate.place,
        candidate.queued_at,
        place_after,
        candidate.committed_minor + choice.amount_minor,
    )


async def _finish(tx: Tx, run: Run, outcome: Outcome) -> Run:
    finished = replace(run, state=RunState.FINISHED, outcome=outcome, changed_at=tx.now)
    await queries.save_run(tx.connection, finished)
    return finished


async def _held(tx: Tx, listing: Listing, stand: Sequence[Hold], bids: Sequence[Waiting]) -> Listing:
    await _forget_refusals(tx, stand)
    amount = sum(bid.amount_minor for bid in bids)
    if listing.state is not ListingState.OPEN:
        return await _late(tx, await listing_actions.count(tx, listing, committed_minor=-amount), stand, bids)
    counted = await listing_actions.count(tx, listing, placed_minor=amount)
    loan_id = None
    if counted.placed_minor == counted.amount_minor:
        run = await queries.running(tx.connection, listing.id)
        if run is not None:
            await _finish(tx, run, Outcome.FULL)
        counted, loan_id = await filling.fill(tx, counted, coming=len(stand))
        if loan_id is None:
            freed = await listing_actions.count(tx, counted, committed_minor=-amount, placed_minor=-amount)
            return await _late(tx, freed, stand, bids)
    await writing_queries.write_held(tx.connection, stand, tx.now, state=BidState.PLACED.value, loan_id=loan_id)
    for start in range(0, len(bids), BIDS_OF_EVENT):
        told = placed_by_orders(counted, bids[start : start + BIDS_OF_EVENT])
        tx.events.add(BIDS_PLACED, listing_text(listing.id), told)
    return counted


async def _late(tx: Tx, listing: Listing, stand: Sequence[Hold], bids: Sequence[Waiting]) -> Listing:
    """Holds of a listing that has ended, and takes them no more: they go back, and take no more of their orders' budgets."""
    releasing = BidState.RELEASING.value
    await writing_queries.write_held(tx.connection, stand, tx.now, state=releasing, reason="listing_failed")
    await order_actions.free_budgets(tx, {bid.order_id: bid.amount_minor for bid in bids})
    tx.jobs.add(ending.RELEASE_JOB, {"id": str(listing.id)})
    return listing


async def _forget_refusals(tx: Tx, stand: Sequence[Hold]) -> None:
    """Refusals count in a row."""
    bids = [hold.bid_id for hold in stand if hold.refusals]
    if bids:
        await order_queries.share_book(tx.connection)
        await writing_queries.forget_refusals(tx.connection, bids, tx.now)


async def _refused(tx: Tx, listing: Listing, refused: Sequence[tuple[Waiting, str]]) -> Listing:
    run = await queries.running(tx.connection, listing.id)
    assert run is not None, "a run ends after its holds are answered"
    await order_queries.share_book(tx.connection)
    paused = await writing_queries.write_refused(tx.connection, run.id, refused, tx.now, allowed=REFUSALS_ALLOWED)
    for bid, reason in refused:
        tx.events.add(BID_REFUSED, bid_text(bid.bid_id), refused_of_order(listing, bid, reason))
    for order_id in paused:
        order = await order_queries.load(tx.connection, order_id)
        assert order is not None
        tx.events.add(ORDER_PAUSED, standing_order_text(order_id), order_told(order))
    return await listing_actions.count(tx, listing, committed_minor=-sum(bid.amount_minor for bid, _ in refused))

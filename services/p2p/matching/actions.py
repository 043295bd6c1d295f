"""Stories of a run: a round chooses and commits pending bids; the ledger's answers are recorded; until full or exhausted.

The listing is locked first, then the book: so what a round sees is exact, and the same book and listing give the same fills.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.events import BID_PLACED, BID_REFUSED
from services.p2p.bids.events import told as bid_told
from services.p2p.bids.model import Bid, BidState
from services.p2p.lenders import queries as lender_queries
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import ending, filling
from services.p2p.listings.model import Listing, ListingState
from services.p2p.matching import queries, rules
from services.p2p.matching.model import Candidate, Choice, Decision, Hold, Outcome, Round, Run, RunState, Verdict
from services.p2p.programmes import queries as programme_queries
from services.p2p.standing_orders import actions as order_actions
from services.p2p.standing_orders import queries as order_queries
from services.p2p.standing_orders.events import ORDER_PAUSED
from services.p2p.standing_orders.events import told as order_told
from services.p2p.standing_orders.model import Wanted
from services.p2p.standing_orders.rules import REFUSALS_ALLOWED
from services.p2p.wire_ids import bid_text, standing_order_text

LEAST_LOOK, LARGEST_LOOK = 64, 8_192
"""How many orders a look at the queue fetches."""


async def next_round(tx: Tx, caller: Caller, *, listing_id: UUID) -> Run | None:
    """Choose whom the queue has for what is left of a listing. None where no run is under way, or its last round waits for the ledger."""
    listing = await listing_actions.locked(tx, listing_id)
    run = await queries.running(tx.connection, listing_id)
    if run is None or await bid_queries.matched_pending(tx.connection, listing_id):
        return None
    if listing.left_minor < listing.lot_minor:
        return await _finish(tx, run, Outcome.FULL)
    if listing.state is not ListingState.OPEN or listing.closes_at <= tx.now:
        return await _finish(tx, run, Outcome.CLOSED)
    await order_queries.lock_book(tx.connection)
    programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    wanted = rules.wanted_of(listing, programme, left_minor=listing.left_minor, at=tx.now)
    choices = await _look(tx, listing, run, wanted, programme.level_by_grade.get(listing.grade, 0))
    moments = await order_queries.moments(tx.connection, 1 + len(choices))
    looked = replace(run, moment=moments[0], left_minor=listing.left_minor)
    if not choices:
        return await _finish(tx, looked, Outcome.EXHAUSTED)
    return await _write(tx, listing, looked, choices, moments[1:])


async def record_holds(tx: Tx, caller: Caller, *, listing_id: UUID, holds: Sequence[Hold]) -> Listing:
    """The ledger answered the holds of a round: bids are placed or refused, and the one that completes the amount fills the listing."""
    listing = await listing_actions.locked(tx, listing_id)
    await order_queries.lock_book(tx.connection)
    pending = {bid.id: bid for bid in await bid_queries.matched_pending(tx.connection, listing_id)}
    stand = [(pending[hold.bid_id], hold.hold_id) for hold in holds if hold.bid_id in pending and hold.refused is None]
    refused = [(pending[hold.bid_id], hold.refused) for hold in holds if hold.bid_id in pending and hold.refused]
    if refused:
        listing = await _refused(tx, listing, refused)
    if stand:
        listing = await _held(tx, listing, stand)
    return await ending.finish(tx, listing)


async def _look(tx: Tx, listing: Listing, run: Run, wanted: Wanted, least_level: int) -> list[Choice]:
    """Along the queue until the listing would be full, or the queue ends. least_level: of lenders; 0 asks for none."""
    criteria = await queries.fitting(tx.connection, wanted)
    choices: list[Choice] = []
    after, lots = run.reached, wanted.left_minor // wanted.lot_minor
    look = max(LEAST_LOOK, lots + lots // 4)
    while criteria and wanted.left_minor >= wanted.lot_minor:
        limit = max(16, 2 * look // len(criteria)) if len(criteria) > 1 else look
        found = await queries.front(tx.connection, listing, run, wanted, criteria, after=after, limit=limit)
        known = rules.known_front(found, limit)
        if not known:
            break
        lenders = {choice.candidate.lender for choice in choices if choice.amount_minor}
        chosen = rules.choose(known, wanted, lenders, await _unfit(tx, known, least_level))
        choices += chosen
        wanted = replace(wanted, left_minor=wanted.left_minor - sum(choice.amount_minor for choice in chosen))
        if len(found) < limit and len(known) == len(found):
            break
        after, look = known[-1].place, min(2 * look, LARGEST_LOOK)
    return choices


async def _unfit(tx: Tx, known: Sequence[Candidate], least_level: int) -> set[str]:
    """Lenders whose risk level does not reach what is asked today."""
    if not least_level:
        return set()
    lenders = {one.lender for one in known}
    levels = await lender_queries.levels(tx.connection, sorted(lenders), tx.today)
    return {lender for lender in lenders if levels.get(lender, 0) < least_level}


async def _write(tx: Tx, listing: Listing, run: Run, choices: Sequence[Choice], places: Sequence[int]) -> Run:
    """places: the next of the book, one for each choice: at the tail of the queue in the order in which they stood."""
    assert run.moment is not None
    number = run.rounds + 1
    begun = replace(run, rounds=number)
    decided = [
        _decided(tx, listing, begun, position, choice, place)
        for position, (choice, place) in enumerate(zip(choices, places, strict=True), run.considered + 1)
    ]
    bids = [bid for _, bid in decided if bid is not None]
    decisions = [decision for decision, _ in decided]
    seen = Round(run.id, number, run.moment, run.left_minor, run.reached, len(choices), len(bids))
    await queries.write_round(tx.connection, seen, decisions, bids, tx.now)
    await listing_actions.count(tx, listing, committed_minor=sum(choice.amount_minor for choice in choices))
    moved = replace(
        run,
        rounds=number,
        reached=choices[-1].candidate.place,
        considered=run.considered + len(choices),
        changed_at=tx.now,
    )
    await queries.save_run(tx.connection, moved)
    return moved


async def _finish(tx: Tx, run: Run, outcome: Outcome) -> Run:
    finished = replace(run, state=RunState.FINISHED, outcome=outcome, changed_at=tx.now)
    await queries.save_run(tx.connection, finished)
    return finished


async def _held(tx: Tx, listing: Listing, stand: Sequence[tuple[Bid, UUID]]) -> Listing:
    amount = sum(bid.amount_minor for bid, _ in stand)
    moments = await order_queries.moments(tx.connection, len(stand))
    pairs = [(bid.id, hold_id) for bid, hold_id in stand]
    if listing.state is not ListingState.OPEN:
        late = {"state": BidState.RELEASING.value, "reason": "listing_failed"}
        await queries.write_held(tx.connection, pairs, moments, tx.now, **late)
        await order_actions.give_back(tx, [bid for bid, _ in stand])
        tx.jobs.add(ending.RELEASE_JOB, {"id": str(listing.id)})
        return await listing_actions.count(tx, listing, committed_minor=-amount)
    await queries.write_held(tx.connection, pairs, moments, tx.now, state=BidState.PLACED.value, reason=None)
    for bid, _ in stand:
        tx.events.add(BID_PLACED, bid_text(bid.id), bid_told(replace(bid, state=BidState.PLACED)))
    counted = await listing_actions.count(tx, listing, placed_minor=amount)
    if counted.placed_minor < counted.amount_minor:
        return counted
    run = await queries.running(tx.connection, listing.id)
    if run is not None:
        await _finish(tx, run, Outcome.FULL)
    return await filling.fill(tx, counted)


async def _refused(tx: Tx, listing: Listing, refused: Sequence[tuple[Bid, str]]) -> Listing:
    run = await queries.running(tx.connection, listing.id)
    assert run is not None, "a run ends after its holds are answered"
    moments = await order_queries.moments(tx.connection, len(refused))
    paused = await queries.write_refused(tx.connection, run.id, refused, moments, tx.now, allowed=REFUSALS_ALLOWED)
    for bid, reason in refused:
        tx.events.add(BID_REFUSED, bid_text(bid.id), bid_told(replace(bid, state=BidState.REFUSED, reason=reason)))
    for order_id in paused:
        order = await order_queries.load(tx.connection, order_id)
        assert order is not None
        tx.events.add(ORDER_PAUSED, standing_order_text(order_id), order_told(order))
    return await listing_actions.count(tx, listing, committed_minor=-sum(bid.amount_minor for bid, _ in refused))


def _bid(tx: Tx, listing: Listing, choice: Choice) -> Bid:
    return Bid(
        id=tx.ids.new(),
        listing_id=listing.id,
        lender=choice.candidate.lender,
        amount_minor=choice.amount_minor,
        currency=listing.currency,
        state=BidState.PENDING,
        reason=None,
        account_id=None,
        hold_id=None,
        loan_id=None,
        requested_at=tx.now,
        changed_at=tx.now,
        standing_order_id=choice.candidate.id,
    )


def _decided(
    tx: Tx, listing: Listing, run: Run, position: int, choice: Choice, place: int
) -> tuple[Decision, Bid | None]:
    candidate = choice.candidate
    bid = _bid(tx, listing, choice) if choice.verdict is Verdict.CHOSEN else None
    decision = Decision(
        run_id=run.id,
        round=run.rounds,
        position=position,
        order_id=candidate.id,
        verdict=choice.verdict,
        amount_minor=choice.amount_minor,
        bound_by=choice.bound_by,
        bid_id=None if bid is None else bid.id,
        version=candidate.version,
        place=candidate.place,
        queued_at=candidate.queued_at,
        place_after=None if bid is None else place,
        committed_minor=candidate.committed_minor + choice.amount_minor,
    )
    return decision, bid

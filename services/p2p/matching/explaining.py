"""Why a standing order was, or was not, filled in a listing: worked out from what each run saw, never from the book as it is now."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.model import Bid, BidState
from services.p2p.custody import queries as custody_queries
from services.p2p.lenders import queries as lender_queries
from services.p2p.listings.model import Listing
from services.p2p.matching import queries
from services.p2p.matching.model import Decision, Outcome, Run, Seen, Verdict
from services.p2p.matching.rules import wanted_of
from services.p2p.programmes.model import Programme
from services.p2p.standing_orders.model import OrderState, StandingOrder
from services.p2p.standing_orders.rules import obstacles


@dataclass(frozen=True, slots=True)
class Reason:
    """verdict: `filled`, `refused`, `released`, `waiting`, `skipped`, `not_eligible`, `not_reached`; reasons: codes; seen: the order as the
    run saw it, None where it had not been made."""

    run: Run
    verdict: str
    reasons: tuple[str, ...]
    seen: Seen | None
    position: int | None = None
    amount_minor: int = 0
    bound_by: str | None = None
    bid: Bid | None = None


_OF_BIDS = {
    BidState.PENDING: "waiting",
    BidState.PLACED: "filled",
    BidState.FUNDED: "filled",
    BidState.REFUSED: "refused",
    BidState.RELEASING: "released",
    BidState.RELEASED: "released",
}


async def explain(
    connection: AsyncConnection, order: StandingOrder, listing: Listing, programme: Programme, zone: ZoneInfo
) -> list[Reason]:
    """For each run of the listing, oldest first. zone: of business days."""
    # A run that looked at the order in several rounds decided last what became of it.
    decided = {one.run_id: one for one in await queries.decisions_of(connection, order.id, listing.id)}
    reasons = []
    for run in await queries.runs(connection, listing.id):
        decision = decided.get(run.id)
        if decision is not None:
            reasons.append(await _decided(connection, run, decision))
        else:
            reasons.append(await _undecided(connection, run, order, listing, programme, zone))
    return reasons


async def _decided(connection: AsyncConnection, run: Run, decision: Decision) -> Reason:
    seen = Seen(decision.version, "active", decision.place, decision.committed_minor - decision.amount_minor)
    if decision.verdict is not Verdict.CHOSEN or decision.bid_id is None:
        return Reason(run, "skipped", (decision.verdict.value,), seen, decision.position)
    bid = await bid_queries.load(connection, decision.bid_id)
    assert bid is not None
    why = () if bid.reason is None else (bid.reason,)
    return Reason(run, _OF_BIDS[bid.state], why, seen, decision.position, decision.amount_minor, decision.bound_by, bid)


async def _undecided(
    connection: AsyncConnection,
    run: Run,
    order: StandingOrder,
    listing: Listing,
    programme: Programme,
    zone: ZoneInfo,
) -> Reason:
    """It was not asked: something kept it out of the queue that the run looked at, or the run ended before its place."""
    if run.moment is None:
        return Reason(run, "not_reached", ("no_look",), None)
    seen = await queries.seen_at(connection, order.id, run.moment)
    if seen is None:
        return Reason(run, "not_eligible", ("not_made_yet",), None)
    as_seen = replace(
        order,
        version=seen.version,
        state=OrderState(seen.state),
        place=seen.place,
        committed_minor=seen.committed_minor,
    )
    found = obstacles(as_seen, wanted_of(listing, programme, left_minor=_left(listing, run), at=run.changed_at))
    if found:
        return Reason(run, "not_eligible", tuple(found), seen)
    if await queries.lender_had_bid(connection, listing.id, order.lender, run.changed_at):
        return Reason(run, "not_eligible", ("lender_has_bid",), seen)
    if await queries.was_refused(connection, listing.id, order.id, run.changed_at):
        return Reason(run, "not_eligible", ("refused_before",), seen)
    if not await _kept_at(connection, order, programme, run):
        return Reason(run, "not_eligible", ("no_custody_account",), seen)
    least = programme.level_by_grade.get(listing.grade, 0)
    today = business_day(run.changed_at, zone)
    if least and await lender_queries.level_at(connection, order.lender, run.changed_at, today) < least:
        return Reason(run, "not_eligible", ("level_too_low",), seen)
    return Reason(run, "not_reached", ("full_before",), seen)


async def _kept_at(connection: AsyncConnection, order: StandingOrder, programme: Programme, run: Run) -> bool:
    """Whether her money could be lent: where a bank keeps the programme's, she had an account there."""
    if programme.custody is None:
        return True
    kept = await custody_queries.account_of(connection, programme.custody, order.lender, order.criteria.currency)
    return kept is not None and kept.opened_at <= run.changed_at


def _left(listing: Listing, run: Run) -> int:
    """Where the queue was looked at to its end, what was left then; else all of it."""
    return run.left_minor if run.outcome is Outcome.EXHAUSTED else listing.amount_minor

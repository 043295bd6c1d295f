"""The SQL of matching: the queue searched by its index, and what a round chose written by COPY and one UPDATE."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.p2p.bids.model import Bid
from services.p2p.bids.tables import bids
from services.p2p.listings.model import Listing
from services.p2p.matching.model import Candidate, Decision, Outcome, Round, Run, RunState, Seen, Trigger, Verdict
from services.p2p.matching.tables import matching_decisions, matching_rounds, matching_runs
from services.p2p.standing_orders.model import Bounds, Wanted
from services.p2p.standing_orders.tables import IN_QUEUE

_RUN = [matching_runs.c[name] for name in Run.__slots__]
_ROUND = [matching_rounds.c[name] for name in Round.__slots__]
_DECISION = [matching_decisions.c[name] for name in Decision.__slots__]
_BID = tuple(Bid.__slots__)

_FITTING = text("""
    SELECT id FROM standing_order_criteria
    WHERE currency = :currency AND lowest_rate <= :annual_rate AND programmes @> ARRAY[:programme]
        AND grades @> ARRAY[:grade] AND terms_months @> ARRAY[CAST(:term_months AS integer)]
    ORDER BY id
""")
# The amounts here say only that an order can be asked at all; how much it lends is `standing_orders.rules.fill_of`.
_FRONT = f"""
    SELECT found.* FROM unnest($1::bigint[]) AS fitting (id) CROSS JOIN LATERAL (
        SELECT o.id, o.lender, o.account_id, o.criteria_id, o.place, o.queued_at, o.version, o.committed_minor,
            o.least_minor, o.most_minor, o.share_cap, o.budget_minor, o.reserve_minor
        FROM standing_orders o
        WHERE o.criteria_id = fitting.id AND {IN_QUEUE} AND o.place > $2 AND o.lender <> $3 AND o.expires_at > $10
            AND greatest(o.least_minor, $4::bigint)
                <= least(o.most_minor, o.budget_minor - o.committed_minor, trunc(o.share_cap * $5::bigint), $6::bigint)
            AND NOT EXISTS (SELECT FROM bids b WHERE b.listing_id = $7 AND b.lender = o.lender
                AND (b.state IN ('pending', 'placed') OR b.reason = 'withdrawn'))
            AND NOT EXISTS (SELECT FROM matching_decisions d WHERE d.run_id = $8 AND d.order_id = o.id)
        ORDER BY o.place LIMIT $9
    ) AS found
"""  # noqa: S608
_SEEN_AT = text("""
    SELECT version, state, place, committed_minor FROM (
        SELECT version, state, place, committed_minor FROM standing_order_versions
        WHERE order_id = :order_id AND moment <= :moment
        UNION ALL
        SELECT d.version + 1, 'active', d.place_after, d.committed_minor
        FROM matching_decisions d JOIN matching_rounds r ON r.run_id = d.run_id AND r.number = d.round
        WHERE d.order_id = :order_id AND d.verdict = 'chosen' AND r.moment <= :moment
    ) AS known ORDER BY version DESC LIMIT 1
""")
_PURSES = text("""
    SELECT b.id, o.account_id, o.reserve_minor FROM bids b JOIN standing_orders o ON o.id = b.standing_order_id
    WHERE b.listing_id = :listing_id AND b.state = 'pending'
""")
_TO_THE_TAIL = """
    UPDATE standing_orders o SET committed_minor = o.committed_minor + t.amount, place = t.place, queued_at = $5, changed_at = $5,
        version = o.version + 1
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[]) AS t (id, amount, place, version)
    WHERE o.id = t.id AND o.version = t.version
    RETURNING o.id
"""
_PLACED = """
    UPDATE bids b SET state = $3, account_id = o.account_id, hold_id = t.hold_id, changed_at = $4, reason = $5
    FROM unnest($1::uuid[], $2::uuid[]) AS t (id, hold_id), standing_orders o
    WHERE b.id = t.id AND o.id = b.standing_order_id AND b.state = 'pending' RETURNING b.id
"""
_REFUSED = """
    UPDATE bids b SET state = 'refused', reason = t.reason, changed_at = $3
    FROM unnest($1::uuid[], $2::text[]) AS t (id, reason) WHERE b.id = t.id AND b.state = 'pending' RETURNING b.id
"""
# A hold refused: the order was not filled, and stands where it stood before, unless it was queued again meanwhile.
_SKIPPED = """
    WITH changed AS (
        UPDATE standing_orders o SET committed_minor = o.committed_minor - t.amount, refusals = least(o.refusals + 1, $4),
            place = CASE WHEN o.place = d.place_after THEN d.place ELSE o.place END,
            queued_at = CASE WHEN o.place = d.place_after THEN d.queued_at ELSE o.queued_at END,
            state = CASE WHEN o.state = 'active' AND o.refusals + 1 >= $4 THEN 'paused' ELSE o.state END,
            reason = CASE WHEN o.state = 'active' AND o.refusals + 1 >= $4 THEN 'three_refusals' ELSE o.reason END,
            version = o.version + 1, changed_at = $5
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS t (bid_id, amount, moment)
            JOIN matching_decisions d ON d.run_id = $6 AND d.bid_id = t.bid_id JOIN standing_orders before ON before.id = d.order_id
        WHERE o.id = d.order_id RETURNING o.*, t.moment, before.state AS was
    ), written AS (
        INSERT INTO standing_order_versions
            (order_id, version, moment, event, state, reason, refusals, place, committed_minor, changed_at)
        SELECT id, version, moment, 'refused', state, reason, refusals, place, committed_minor, changed_at FROM changed
    )
    SELECT id FROM changed WHERE state = 'paused' AND was = 'active'
"""
_HELD = """
    WITH changed AS (
        UPDATE standing_orders o SET refusals = 0, version = o.version + 1, changed_at = $3
        FROM unnest($1::uuid[], $2::bigint[]) AS t (bid_id, moment) JOIN bids b ON b.id = t.bid_id
        WHERE o.id = b.standing_order_id AND o.refusals > 0 AND o.state = 'active' RETURNING o.*, t.moment
    )
    INSERT INTO standing_order_versions
        (order_id, version, moment, event, state, reason, refusals, place, committed_minor, changed_at)
    SELECT id, version, moment, 'held', state, reason, refusals, place, committed_minor, changed_at FROM changed
"""


async def running(connection: AsyncConnection, listing_id: UUID) -> Run | None:
    wanted = select(*_RUN).where(
        matching_runs.c.listing_id == listing_id, matching_runs.c.state == RunState.RUNNING.value
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _run(row)


async def load(connection: AsyncConnection, run_id: UUID) -> Run | None:
    row = (await connection.execute(select(*_RUN).where(matching_runs.c.id == run_id))).one_or_none()
    return None if row is None else _run(row)


async def runs(connection: AsyncConnection, listing_id: UUID) -> list[Run]:
    """Oldest first."""
    wanted = select(*_RUN).where(matching_runs.c.listing_id == listing_id).order_by(matching_runs.c.number)
    return [_run(row) for row in await connection.execute(wanted)]


async def find(connection: AsyncConnection, *, listing_id: UUID | None, before: UUID | None, limit: int) -> list[Run]:
    """Newest first, at most limit + 1."""
    wanted = select(*_RUN).order_by(matching_runs.c.id.desc()).limit(limit + 1)
    if listing_id is not None:
        wanted = wanted.where(matching_runs.c.listing_id == listing_id)
    if before is not None:
        wanted = wanted.where(matching_runs.c.id < before)
    return [_run(row) for row in await connection.execute(wanted)]


async def rounds(connection: AsyncConnection, run_id: UUID) -> list[Round]:
    wanted = select(*_ROUND).where(matching_rounds.c.run_id == run_id).order_by(matching_rounds.c.number)
    return [Round(**row._mapping) for row in await connection.execute(wanted)]


async def decisions(connection: AsyncConnection, run_id: UUID, *, after: int, limit: int) -> list[Decision]:
    """By position, at most limit + 1."""
    found = matching_decisions.c
    wanted = select(*_DECISION).where(found.run_id == run_id, found.position > after).order_by(found.position)
    return [_decision(row) for row in await connection.execute(wanted.limit(limit + 1))]


async def decisions_of(connection: AsyncConnection, order_id: UUID, listing_id: UUID) -> list[Decision]:
    """Of one order, in all runs of a listing."""
    joined = matching_decisions.join(matching_runs, matching_runs.c.id == matching_decisions.c.run_id)
    wanted = select(*_DECISION).select_from(joined)
    wanted = wanted.where(matching_decisions.c.order_id == order_id, matching_runs.c.listing_id == listing_id)
    return [_decision(row) for row in await connection.execute(wanted)]


async def seen_at(connection: AsyncConnection, order_id: UUID, moment: int) -> Seen | None:
    """The order as it was when a run looked at the book; None if it had not been made."""
    row = (await connection.execute(_SEEN_AT, {"order_id": order_id, "moment": moment})).one_or_none()
    return None if row is None else Seen(*row)


async def lender_had_bid(connection: AsyncConnection, listing_id: UUID, lender: str, at: datetime) -> bool:
    """Whether a bid of hers had been asked for by then."""
    wanted = select(exists().where(bids.c.listing_id == listing_id, bids.c.lender == lender, bids.c.requested_at <= at))
    return bool((await connection.execute(wanted)).scalar_one())


async def add_run(connection: AsyncConnection, run: Run) -> None:
    await connection.execute(insert(matching_runs).values(asdict(run)))


async def save_run(connection: AsyncConnection, run: Run) -> None:
    await connection.execute(update(matching_runs).where(matching_runs.c.id == run.id).values(asdict(run)))


async def last_number(connection: AsyncConnection, listing_id: UUID) -> int:
    wanted = select(func.coalesce(func.max(matching_runs.c.number), 0)).where(matching_runs.c.listing_id == listing_id)
    return int((await connection.execute(wanted)).scalar_one())


async def fitting(connection: AsyncConnection, wanted: Wanted) -> list[int]:
    """The criteria that a listing satisfies."""
    facts = {name: getattr(wanted, name) for name in ("currency", "annual_rate", "programme", "grade", "term_months")}
    return list((await connection.execute(_FITTING, facts)).scalars())


async def front(
    connection: AsyncConnection,
    listing: Listing,
    run: Run,
    wanted: Wanted,
    criteria: Sequence[int],
    *,
    after: int,
    limit: int,
) -> list[Candidate]:
    """Of each of these criteria the first `limit` orders in the queue behind a place that may be asked."""
    direct = await direct_of(connection)
    most = min(int(wanted.lender_share * wanted.amount_minor), wanted.left_minor)
    found = await direct.fetch(
        _FRONT,
        list(criteria),
        after,
        wanted.borrower,
        wanted.lot_minor,
        wanted.amount_minor,
        most,
        listing.id,
        run.id,
        limit,
        wanted.at,
    )
    return [_candidate(row) for row in found]


async def purses(connection: AsyncConnection, listing_id: UUID) -> dict[UUID, tuple[UUID, int]]:
    """Of each bid that waits for its hold: the lender's account, and what must stay in it."""
    found = await connection.execute(_PURSES, {"listing_id": listing_id})
    return {row.id: (row.account_id, row.reserve_minor) for row in found}


async def write_round(
    connection: AsyncConnection, seen: Round, decided: Sequence[Decision], made: Sequence[Bid], now: datetime
) -> None:
    """A round and what follows from it: bids that wait for their holds, and the orders chosen at the tail of the queue."""
    await connection.execute(insert(matching_rounds).values(asdict(seen)))
    direct = await direct_of(connection)
    await direct.copy("bids", _BID, [tuple(getattr(bid, name) for name in _BID) for bid in made])
    names = tuple(Decision.__slots__)
    await direct.copy("matching_decisions", names, [tuple(getattr(one, name) for name in names) for one in decided])
    chosen = [one for one in decided if one.verdict is Verdict.CHOSEN]
    moved = await direct.fetch(
        _TO_THE_TAIL,
        [one.order_id for one in chosen],
        [one.amount_minor for one in chosen],
        [one.place_after for one in chosen],
        [one.version for one in chosen],
        now,
    )
    assert len(moved) == len(chosen), "an order changed under the book's lock"


async def write_held(
    connection: AsyncConnection,
    holds: Sequence[tuple[UUID, UUID]],
    moments: Sequence[int],
    now: datetime,
    *,
    state: str,
    reason: str | None,
) -> None:
    """Holds that stand: bids and their holds. state: what the bids become."""
    direct = await direct_of(connection)
    ids = [bid_id for bid_id, _ in holds]
    await direct.fetch(_PLACED, ids, [hold_id for _, hold_id in holds], state, now, reason)
    await direct.fetch(_HELD, ids, list(moments), now)


async def write_refused(
    connection: AsyncConnection,
    run_id: UUID,
    refused: Sequence[tuple[Bid, str]],
    moments: Sequence[int],
    now: datetime,
    *,
    allowed: int,
) -> list[UUID]:
    """Holds of a run that were refused: bids and why. Answers the orders that are paused by it."""
    direct = await direct_of(connection)
    ids = [bid.id for bid, _ in refused]
    await direct.fetch(_REFUSED, ids, [reason for _, reason in refused], now)
    amounts = [bid.amount_minor for bid, _ in refused]
    return [row[0] for row in await direct.fetch(_SKIPPED, ids, amounts, list(moments), allowed, now, run_id)]


def _run(row: Any) -> Run:
    outcome = None if row.outcome is None else Outcome(row.outcome)
    return Run(
        **dict(row._mapping) | {"trigger": Trigger(row.trigger), "state": RunState(row.state), "outcome": outcome}
    )


def _decision(row: Any) -> Decision:
    return Decision(**dict(row._mapping) | {"verdict": Verdict(row.verdict)})


def _candidate(row: Any) -> Candidate:
    order_id, lender, account_id, criteria_id, place, queued_at, version, committed_minor, *bounds = row
    return Candidate(
        order_id, lender, account_id, criteria_id, place, queued_at, version, committed_minor, Bounds(*bounds)
    )

"""What a round and the ledger's answers to it write: by COPY, and a statement for any number of rows."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.p2p.matching.model import Decision, Hold, Round, Verdict, Waiting
from services.p2p.matching.tables import matching_rounds

MADE = (
    "id", "listing_id", "lender", "amount_minor", "currency", "state", "account_id", "hold_id", "requested_at", "changed_at",
    "standing_order_id",
)  # fmt: skip
"""Columns of a bid that an order makes; the others are empty."""
_TO_THE_TAIL = """
    WITH moved AS (
        UPDATE standing_orders o SET committed_minor = o.committed_minor + t.amount, place = t.place, queued_at = $5, changed_at = $5,
            version = o.version + 1
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[]) AS t (id, amount, place, version)
        WHERE o.id = t.id AND o.version = t.version RETURNING 1
    )
    SELECT count(*) FROM moved
"""
_VERSION = "order_id, version, moment, event, state, reason, refusals, place, committed_minor, changed_at"
# Bids of a listing that fills know their contract at once.
_HELD = """
    WITH held AS (
        UPDATE bids b SET state = $4, account_id = t.account_id, hold_id = t.hold_id, changed_at = $5, reason = $6, loan_id = $7
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS t (id, account_id, hold_id)
        WHERE b.id = t.id AND b.state = 'pending' RETURNING 1
    )
    SELECT count(*) FROM held
"""
# Orders are locked by id, as everywhere: two listings may answer for the same ones at once.
_FORGET = f"""
    WITH locked AS (
        SELECT o.id FROM standing_orders o JOIN bids b ON b.standing_order_id = o.id
        WHERE b.id = ANY($1::uuid[]) AND o.refusals > 0 AND o.state = 'active' ORDER BY o.id FOR UPDATE OF o
    ), changed AS (
        UPDATE standing_orders o SET refusals = 0, version = o.version + 1, changed_at = $2
        FROM locked WHERE o.id = locked.id AND o.refusals > 0 AND o.state = 'active' RETURNING o.*
    )
    INSERT INTO standing_order_versions ({_VERSION})
    SELECT id, version, nextval('book_moments'), 'held', state, reason, refusals, place, committed_minor, changed_at FROM changed
"""  # noqa: S608
_REFUSED = """
    UPDATE bids b SET state = 'refused', reason = t.reason, changed_at = $3, account_id = NULL, hold_id = NULL
    FROM unnest($1::uuid[], $2::text[]) AS t (id, reason) WHERE b.id = t.id AND b.state = 'pending' RETURNING b.id
"""
# A hold refused: the order was not filled, and stands where it stood before, unless it was queued again meanwhile.
_SKIPPED = f"""
    WITH found AS (
        SELECT d.order_id, d.place, d.queued_at, d.place_after, t.amount
        FROM unnest($1::uuid[], $2::bigint[]) AS t (bid_id, amount) JOIN matching_decisions d ON d.run_id = $5 AND d.bid_id = t.bid_id
    ), before AS (
        SELECT o.id, o.state FROM standing_orders o JOIN found ON found.order_id = o.id ORDER BY o.id FOR UPDATE OF o
    ), changed AS (
        UPDATE standing_orders o SET committed_minor = o.committed_minor - d.amount, refusals = least(o.refusals + 1, $3),
            place = CASE WHEN o.place = d.place_after THEN d.place ELSE o.place END,
            queued_at = CASE WHEN o.place = d.place_after THEN d.queued_at ELSE o.queued_at END,
            state = CASE WHEN o.state = 'active' AND o.refusals + 1 >= $3 THEN 'paused' ELSE o.state END,
            reason = CASE WHEN o.state = 'active' AND o.refusals + 1 >= $3 THEN 'three_refusals' ELSE o.reason END,
            version = o.version + 1, changed_at = $4
        FROM found d JOIN before ON before.id = d.order_id
        WHERE o.id = d.order_id RETURNING o.*, before.state AS was
    ), written AS (
        INSERT INTO standing_order_versions ({_VERSION})
        SELECT id, version, nextval('book_moments'), 'refused', state, reason, refusals, place, committed_minor, changed_at FROM changed
    )
    SELECT id FROM changed WHERE state = 'paused' AND was = 'active'
"""  # noqa: S608


async def write_round(
    connection: AsyncConnection,
    seen: Round,
    decided: Sequence[Decision],
    made: Sequence[tuple[object, ...]],
    now: datetime,
) -> None:
    """A round and what follows from it: bids (rows of MADE) that wait for their holds, and the orders chosen at the tail of the queue."""
    await connection.execute(insert(matching_rounds).values(asdict(seen)))
    direct = await direct_of(connection)
    await direct.copy("matching_decisions", Decision._fields, decided)
    if not made:
        return
    await direct.copy("bids", MADE, made)
    chosen = [one for one in decided if one.verdict is Verdict.CHOSEN]
    ((moved,),) = await direct.fetch(
        _TO_THE_TAIL,
        [one.order_id for one in chosen],
        [one.amount_minor for one in chosen],
        [one.place_after for one in chosen],
        [one.version for one in chosen],
        now,
    )
    assert moved == len(chosen), "an order changed under the book's lock"


async def write_held(
    connection: AsyncConnection,
    holds: Sequence[Hold],
    now: datetime,
    *,
    state: str,
    reason: str | None = None,
    loan_id: UUID | None = None,
) -> None:
    """Holds that stand. state: what their bids become; loan_id: the contract that they complete."""
    direct = await direct_of(connection)
    ((held,),) = await direct.fetch(
        _HELD,
        [one.bid_id for one in holds],
        [one.account_id for one in holds],
        [one.hold_id for one in holds],
        state,
        now,
        reason,
        loan_id,
    )
    assert held == len(holds), "a bid was answered under its listing's lock"


async def forget_refusals(connection: AsyncConnection, bid_ids: Sequence[UUID], now: datetime) -> None:
    """Of the orders of these bids. The book is shared."""
    direct = await direct_of(connection)
    await direct.fetch(_FORGET, list(bid_ids), now)


async def write_refused(
    connection: AsyncConnection, run_id: UUID, refused: Sequence[tuple[Waiting, str]], now: datetime, *, allowed: int
) -> list[UUID]:
    """Holds of a run that were refused: bids and why. Answers the orders that are paused by it. The book is shared."""
    direct = await direct_of(connection)
    ids = [bid.bid_id for bid, _ in refused]
    await direct.fetch(_REFUSED, ids, [reason for _, reason in refused], now)
    amounts = [bid.amount_minor for bid, _ in refused]
    return [row[0] for row in await direct.fetch(_SKIPPED, ids, amounts, allowed, now, run_id)]

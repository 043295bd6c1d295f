"""Reading runs, and the queue searched by its index. What a round writes is in `writing_queries`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.p2p.bids.model import BidState
from services.p2p.bids.tables import bids
from services.p2p.listings.model import Listing
from services.p2p.matching.model import (
    Asked,
    Candidate,
    Decision,
    Outcome,
    Round,
    Run,
    RunState,
    Seen,
    Trigger,
    Verdict,
    Waiting,
)
from services.p2p.matching.tables import matching_decisions, matching_rounds, matching_runs
from services.p2p.standing_orders.model import Bounds, Wanted
from services.p2p.standing_orders.tables import IN_QUEUE
from services.p2p.transfer_ids import hold_of

_RUN = [matching_runs.c[name] for name in Run.__slots__]
_ROUND = [matching_rounds.c[name] for name in Round.__slots__]
_DECISION = [matching_decisions.c[name] for name in Decision._fields]

_FITTING = text("""
    SELECT id FROM standing_order_criteria
    WHERE currency = :currency AND lowest_rate <= :annual_rate AND programmes @> ARRAY[:programme]
        AND grades @> ARRAY[:grade] AND terms_months @> ARRAY[CAST(:term_months AS integer)]
    ORDER BY id
""")
# The amounts here say only that an order can be asked at all; how much it lends is `standing_orders.rules.fill_of`.
# Whoever took her bid back, and an order whose hold was refused, is not asked again for the same listing.
_FRONT = """
    SELECT found.* FROM unnest($1::bigint[]) AS fitting (id) CROSS JOIN LATERAL (
        SELECT o.id, o.lender, {account}, o.criteria_id, o.place, o.queued_at, o.version, o.committed_minor,
            o.least_minor, o.most_minor, o.share_cap, o.budget_minor, o.reserve_minor, o.refusals
        FROM standing_orders o{custody}
        WHERE o.criteria_id = fitting.id AND {in_queue} AND o.place > $2 AND o.lender <> $3 AND o.expires_at > $9
            AND ($12::boolean OR NOT o.managed)
            AND greatest(o.least_minor, $4::bigint) <= $4::bigint * (
                least(o.most_minor, o.budget_minor - o.committed_minor, trunc(o.share_cap * $5::bigint)::bigint, $6::bigint) / $4::bigint
            )
            AND NOT EXISTS (SELECT FROM bids b WHERE b.listing_id = $7 AND b.lender = o.lender
                AND (b.state IN ('pending', 'placed') OR b.reason = 'withdrawn' OR b.state = 'refused' AND b.standing_order_id = o.id))
            AND ($10::integer = 0 OR $10::integer <= (
                SELECT CASE WHEN r.valid_until_on > $11::date THEN r.level ELSE 0 END
                FROM risk_assessments r WHERE r.lender = o.lender ORDER BY r.number DESC LIMIT 1))
        ORDER BY o.place LIMIT $8
    ) AS found
"""
_FRONT_OF_WALLETS = _FRONT.format(account="o.account_id", custody="", in_queue=IN_QUEUE)
# A bid is made with the lender's money at the bank that keeps the programme's: who has no account there cannot be asked.
_FRONT_OF_CUSTODY = _FRONT.format(
    account="kept.account_id",
    custody=" JOIN custody_accounts kept ON kept.bank = $13 AND kept.holder = o.lender AND kept.currency = $14",
    in_queue=IN_QUEUE,
)
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
_ASKED = """
    SELECT b.id, b.lender, b.amount_minor, coalesce(b.account_id, o.account_id), b.hold_id, o.reserve_minor, b.requested_at,
        o.refusals
    FROM bids b JOIN standing_orders o ON o.id = b.standing_order_id
    WHERE b.listing_id = $1 AND b.state = 'pending' ORDER BY b.id
"""
_WAITING = """
    SELECT id, standing_order_id, lender, amount_minor FROM bids
    WHERE listing_id = $1 AND state = 'pending' AND standing_order_id IS NOT NULL
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
    """Of one order, in all runs of a listing; of each run in the order in which they were taken."""
    joined = matching_decisions.join(matching_runs, matching_runs.c.id == matching_decisions.c.run_id)
    wanted = select(*_DECISION).select_from(joined)
    wanted = wanted.where(matching_decisions.c.order_id == order_id, matching_runs.c.listing_id == listing_id)
    ordered = wanted.order_by(matching_runs.c.number, matching_decisions.c.position)
    return [_decision(row) for row in await connection.execute(ordered)]


async def seen_at(connection: AsyncConnection, order_id: UUID, moment: int) -> Seen | None:
    """The order as it was when a run looked at the book; None if it had not been made."""
    row = (await connection.execute(_SEEN_AT, {"order_id": order_id, "moment": moment})).one_or_none()
    return None if row is None else Seen(*row)


async def lender_had_bid(connection: AsyncConnection, listing_id: UUID, lender: str, at: datetime) -> bool:
    """Whether a bid of hers took room by then, or had been taken back: not one that was refused or released before."""
    gone = bids.c.state.in_([BidState.REFUSED.value, BidState.RELEASED.value, BidState.RELEASING.value])
    wanted = select(
        exists().where(
            bids.c.listing_id == listing_id,
            bids.c.lender == lender,
            bids.c.requested_at <= at,
            or_(~gone, bids.c.changed_at > at, bids.c.reason == "withdrawn"),
        )
    )
    return bool((await connection.execute(wanted)).scalar_one())


async def was_refused(connection: AsyncConnection, listing_id: UUID, order_id: UUID, at: datetime) -> bool:
    """Whether the ledger had refused a hold of the order for that listing by then."""
    wanted = select(
        exists().where(
            bids.c.listing_id == listing_id,
            bids.c.standing_order_id == order_id,
            bids.c.state == BidState.REFUSED.value,
            bids.c.changed_at <= at,
        )
    )
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
    wanted: Wanted,
    criteria: Sequence[int],
    *,
    after: int,
    limit: int,
    least_level: int,
    today: date,
    bank: str | None,
) -> list[Candidate]:
    """Of each of these criteria the first `limit` orders in the queue behind a place that may be asked.

    least_level: of the lender's risk, as it counts today; 0 asks for none. bank: the one that keeps the programme's money, if one does.
    """
    direct = await direct_of(connection)
    most = min(int(wanted.lender_share * wanted.amount_minor), wanted.left_minor)
    found = await direct.fetch(
        _FRONT_OF_WALLETS if bank is None else _FRONT_OF_CUSTODY,
        list(criteria),
        after,
        wanted.borrower,
        wanted.lot_minor,
        wanted.amount_minor,
        most,
        listing.id,
        limit,
        wanted.at,
        least_level,
        today,
        wanted.for_plans,
        *(() if bank is None else (bank, wanted.currency)),
    )
    return [_candidate(*row) for row in found]


async def asked(connection: AsyncConnection, listing_id: UUID) -> list[Asked]:
    """The holds that bids of orders wait for, in one order."""
    direct = await direct_of(connection)
    return [
        Asked(bid_id, lender, amount, account_id, hold_id or hold_of(bid_id, account_id, requested_at), reserve, requested_at, refusals)
        for bid_id, lender, amount, account_id, hold_id, reserve, requested_at, refusals in await direct.fetch(_ASKED, listing_id)
    ]  # fmt: skip


async def waiting(connection: AsyncConnection, listing_id: UUID) -> dict[UUID, Waiting]:
    """By bid."""
    direct = await direct_of(connection)
    return {row[0]: Waiting(*row) for row in await direct.fetch(_WAITING, listing_id)}


async def any_waiting(connection: AsyncConnection, listing_id: UUID) -> bool:
    wanted = select(
        exists().where(
            bids.c.listing_id == listing_id,
            bids.c.state == BidState.PENDING.value,
            bids.c.standing_order_id.is_not(None),
        )
    )
    return bool((await connection.execute(wanted)).scalar_one())


def _run(row: Any) -> Run:
    outcome = None if row.outcome is None else Outcome(row.outcome)
    return Run(
        **dict(row._mapping) | {"trigger": Trigger(row.trigger), "state": RunState(row.state), "outcome": outcome}
    )


def _decision(row: Any) -> Decision:
    return Decision(**dict(row._mapping) | {"verdict": Verdict(row.verdict)})


def _candidate(
    order_id: UUID,
    lender: str,
    account_id: UUID,
    criteria_id: int,
    place: int,
    queued_at: datetime,
    version: int,
    committed_minor: int,
    *bounds_and_refusals: Any,
) -> Candidate:
    *bounds, refusals = bounds_and_refusals
    return Candidate(
        order_id, lender, account_id, criteria_id, place, queued_at, version, committed_minor, Bounds(*bounds), refusals
    )

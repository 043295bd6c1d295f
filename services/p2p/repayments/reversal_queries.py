"""The SQL of repayments taken back."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from services.p2p.claims.model import Received
from services.p2p.claims.tables import claim_cessions
from services.p2p.repayments.model import RepaymentState, Reversal, ReversalPart, ShareKind
from services.p2p.repayments.tables import repayment_reversals, repayment_shares, repayments, reversal_parts

_COLUMNS = [repayment_reversals.c[name] for name in Reversal.__slots__]
_PART = [reversal_parts.c[name] for name in ReversalPart.__slots__]


async def add(connection: AsyncConnection, reversal: Reversal) -> None:
    await connection.execute(insert(repayment_reversals).values(asdict(reversal)))


async def load(connection: AsyncConnection, repayment_id: UUID) -> Reversal | None:
    wanted = select(*_COLUMNS).where(repayment_reversals.c.repayment_id == repayment_id)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else Reversal(**row._mapping)


async def finish(connection: AsyncConnection, repayment_id: UUID, now: datetime) -> None:
    finished = update(repayment_reversals).where(repayment_reversals.c.repayment_id == repayment_id)
    await connection.execute(finished.values(finished_at=now))


async def keep_hold(connection: AsyncConnection, repayment_id: UUID, hold_id: UUID | None, held_minor: int) -> None:
    """What the borrower may not spend of what was given back; None and 0: nothing any more."""
    held = update(repayment_reversals).where(repayment_reversals.c.repayment_id == repayment_id)
    await connection.execute(held.values(hold_id=hold_id, held_minor=held_minor))


async def held(connection: AsyncConnection, loan_id: UUID, before: datetime | None = None) -> list[Reversal]:
    """Reversals of a loan of which something is held yet; with an instant, since before then."""
    wanted = (
        select(*_COLUMNS)
        .join(repayments, repayments.c.id == repayment_reversals.c.repayment_id)
        .where(repayments.c.loan_id == loan_id, repayment_reversals.c.hold_id.is_not(None))
        .order_by(repayments.c.number)
    )
    if before is not None:
        wanted = wanted.where(repayment_reversals.c.finished_at <= before)
    return [Reversal(**row._mapping) for row in await connection.execute(wanted)]


async def held_since(connection: AsyncConnection, before: datetime, *, after: UUID, limit: int) -> list[UUID]:
    """Loans with money held since before then, by id, those after one: a round takes it, or lets it go."""
    wanted = (
        select(repayments.c.loan_id)
        .distinct()
        .join(repayment_reversals, repayment_reversals.c.repayment_id == repayments.c.id)
        .where(repayment_reversals.c.hold_id.is_not(None), repayment_reversals.c.finished_at <= before)
        .where(repayments.c.loan_id > after)
        .order_by(repayments.c.loan_id)
        .limit(limit)
    )
    return list((await connection.execute(wanted)).scalars())


async def parts(connection: AsyncConnection, repayment_id: UUID) -> dict[UUID, ReversalPart]:
    """By claim."""
    wanted = select(*_PART).where(reversal_parts.c.repayment_id == repayment_id)
    return {row.claim_id: ReversalPart(**row._mapping) for row in await connection.execute(wanted)}


async def plan(connection: AsyncConnection, planned: ReversalPart) -> None:
    """What is planned first for a claim stays, but for a later attempt."""
    adding = insert(reversal_parts)
    later = adding.excluded.attempt > reversal_parts.c.attempt
    statement = adding.on_conflict_do_update(
        index_elements=["repayment_id", "claim_id"],
        set_={name: getattr(adding.excluded, name) for name in ("attempt", "advance_minor", "borne")},
        where=later,
    )
    await connection.execute(statement, asdict(planned))


async def advanced(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What the platform added to what holders of loans gave back of repayments that are reversed, by claim; minor units."""
    wanted = (
        select(reversal_parts.c.claim_id, func.sum(reversal_parts.c.advance_minor))
        .join(repayments, repayments.c.id == reversal_parts.c.repayment_id)
        .where(
            repayments.c.loan_id.in_(loan_ids),
            repayments.c.state == RepaymentState.REVERSED.value,
            ~reversal_parts.c.borne,
        )
        .group_by(reversal_parts.c.claim_id)
    )
    return {row[0]: int(row[1]) for row in await connection.execute(wanted)}


async def borne(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, dict[ShareKind, int]]:
    """What the platform paid past the accounts of holders of loans, of repayments that are reversed, by claim and kind; minor units."""
    same = (repayment_shares.c.repayment_id == reversal_parts.c.repayment_id) & (
        repayment_shares.c.claim_id == reversal_parts.c.claim_id
    )
    its = repayment_shares.c
    received = its.amount_minor - its.collection_fee_minor - its.interest_fee_minor
    wanted = (
        select(reversal_parts.c.claim_id, its.kind, func.sum(received))
        .join(repayments, repayments.c.id == reversal_parts.c.repayment_id)
        .join(repayment_shares, same)
        .where(
            repayments.c.loan_id.in_(loan_ids),
            repayments.c.state == RepaymentState.REVERSED.value,
            reversal_parts.c.borne,
        )
        .group_by(reversal_parts.c.claim_id, repayment_shares.c.kind)
    )
    found: dict[UUID, dict[ShareKind, int]] = {}
    for claim_id, kind, amount in await connection.execute(wanted):
        found.setdefault(claim_id, {})[ShareKind(kind)] = int(amount)
    return found


async def reversed_since(connection: AsyncConnection, loan_id: UUID, since: datetime) -> bool:
    wanted = (
        select(repayments.c.id)
        .join(repayment_reversals, repayment_reversals.c.repayment_id == repayments.c.id)
        .where(repayments.c.loan_id == loan_id, repayment_reversals.c.finished_at > since)
    )
    return (await connection.execute(wanted)).first() is not None


async def kept(connection: AsyncConnection, claim_ids: Sequence[UUID], zone: ZoneInfo) -> list[Received]:
    """What holders did not give back of repayments that are reversed, for the platform bore it: of their principal as much as passed on."""
    ceded = func.coalesce(claim_cessions.c.principal_minor, 0)
    wanted = (
        select(
            reversal_parts.c.claim_id,
            repayments.c.changed_at,
            ceded.label("principal"),
            (reversal_parts.c.advance_minor - ceded).label("interest"),
        )
        .join(repayments, repayments.c.id == reversal_parts.c.repayment_id)
        .outerjoin(
            claim_cessions,
            (claim_cessions.c.id == repayments.c.id) & (claim_cessions.c.from_claim_id == reversal_parts.c.claim_id),
        )
        .where(
            reversal_parts.c.claim_id.in_(claim_ids),
            reversal_parts.c.advance_minor > 0,
            repayments.c.state == RepaymentState.REVERSED.value,
        )
        .order_by(repayments.c.id)
    )
    return [
        Received(row.claim_id, business_day(row.changed_at, zone), int(row.principal), int(row.interest))
        for row in await connection.execute(wanted)
    ]

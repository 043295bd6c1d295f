"""The SQL of repayments taken back."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.repayments.model import RepaymentState, Reversal, ReversalPart
from services.p2p.repayments.tables import repayment_reversals, repayments, reversal_parts

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


async def parts(connection: AsyncConnection, repayment_id: UUID) -> dict[UUID, ReversalPart]:
    """By claim."""
    wanted = select(*_PART).where(reversal_parts.c.repayment_id == repayment_id)
    return {row.claim_id: ReversalPart(**row._mapping) for row in await connection.execute(wanted)}


async def plan(connection: AsyncConnection, planned: Sequence[ReversalPart]) -> None:
    """What is planned first for a claim stays, but for a later attempt."""
    adding = insert(reversal_parts)
    later = adding.excluded.attempt > reversal_parts.c.attempt
    statement = adding.on_conflict_do_update(
        index_elements=["repayment_id", "claim_id"],
        set_={"attempt": adding.excluded.attempt, "advance_minor": adding.excluded.advance_minor},
        where=later,
    )
    await connection.execute(statement, [asdict(part) for part in planned])


async def advanced(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What the platform added to what holders of loans gave back of repayments that are reversed, by claim; minor units."""
    wanted = (
        select(reversal_parts.c.claim_id, func.sum(reversal_parts.c.advance_minor))
        .join(repayments, repayments.c.id == reversal_parts.c.repayment_id)
        .where(repayments.c.loan_id.in_(loan_ids), repayments.c.state == RepaymentState.REVERSED.value)
        .group_by(reversal_parts.c.claim_id)
    )
    return {row[0]: int(row[1]) for row in await connection.execute(wanted)}

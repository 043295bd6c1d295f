from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.card_disputes.model import AWAITING, Dispute, DisputeState
from services.payments.card_disputes.tables import card_disputes
from services.payments.returned_money.model import ReportState
from services.payments.returned_money.tables import bank_reports


async def add_dispute(connection: AsyncConnection, dispute: Dispute) -> None:
    await connection.execute(insert(card_disputes).values(asdict(dispute)))


async def save_dispute(connection: AsyncConnection, dispute: Dispute) -> None:
    values = asdict(dispute)
    await connection.execute(update(card_disputes).where(card_disputes.c.id == values.pop("id")).values(values))


async def dispute_with(connection: AsyncConnection, dispute_id: UUID, *, lock: bool = False) -> Dispute | None:
    statement = select(card_disputes).where(card_disputes.c.id == dispute_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _dispute(row)


async def dispute_reported(connection: AsyncConnection, report_id: UUID) -> Dispute | None:
    """The one that a report opened, locked."""
    statement = select(card_disputes).where(card_disputes.c.report_id == report_id).with_for_update()
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _dispute(row)


async def is_undecided(connection: AsyncConnection, instruction_reference: str) -> bool:
    """Whether a charge is disputed, or its bank has reported what has not been acted on yet."""
    waiting = exists().where(card_disputes.c.report_id == bank_reports.c.id, card_disputes.c.state.in_(AWAITING))
    statement = select(
        exists().where(
            bank_reports.c.instruction_reference == instruction_reference,
            or_(bank_reports.c.state == ReportState.REPORTED, waiting),
        )
    )
    return bool((await connection.execute(statement)).scalar_one())


async def due_disputes(connection: AsyncConnection, now: datetime, limit: int) -> list[Dispute]:
    statement = select(card_disputes).where(card_disputes.c.due_at <= now)
    rows = await connection.execute(statement.order_by(card_disputes.c.due_at).limit(limit))
    return [_dispute(row) for row in rows]


async def unsent_evidence(connection: AsyncConnection, limit: int) -> list[Dispute]:
    table = card_disputes
    statement = select(table).where(table.c.evidence.is_not(None), table.c.evidence_sent_at.is_(None))
    return [_dispute(row) for row in await connection.execute(statement.order_by(table.c.id).limit(limit))]


async def disputes_of(
    connection: AsyncConnection, owner: str | None, state: DisputeState | None, before: UUID | None, limit: int
) -> list[Dispute]:
    """A party's, or everybody's; newest first."""
    statement = select(card_disputes)
    if owner is not None:
        statement = statement.where(card_disputes.c.owner == owner)
    if state is not None:
        statement = statement.where(card_disputes.c.state == state)
    if before is not None:
        statement = statement.where(card_disputes.c.id < before)
    rows = await connection.execute(statement.order_by(card_disputes.c.id.desc()).limit(limit))
    return [_dispute(row) for row in rows]


def _dispute(row: Row[Any]) -> Dispute:
    return Dispute(**dict(row._mapping) | {"state": DisputeState(row.state)})

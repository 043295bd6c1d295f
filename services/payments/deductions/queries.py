from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.deductions.model import Deduction, DeductionState, Taking
from services.payments.deductions.tables import deduction_takings, standing_deductions
from services.payments.merchants.tables import merchants


async def add_deduction(connection: AsyncConnection, deduction: Deduction) -> None:
    await connection.execute(insert(standing_deductions).values(asdict(deduction)))


async def deduction_with(connection: AsyncConnection, deduction_id: UUID, *, lock: bool = False) -> Deduction | None:
    statement = select(standing_deductions).where(standing_deductions.c.id == deduction_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _deduction(row)


async def save_deduction(connection: AsyncConnection, deduction: Deduction) -> None:
    values = asdict(deduction)
    statement = update(standing_deductions).where(standing_deductions.c.id == values.pop("id"))
    await connection.execute(statement.values(values))


async def deductions_of(
    connection: AsyncConnection, party: str | None, merchant_id: UUID | None, before: UUID | None, limit: int
) -> list[Deduction]:
    """Where the party is the lender or the merchant's owner, anybody's for None; newest first."""
    table = standing_deductions
    statement = select(table).join(merchants, merchants.c.id == table.c.merchant_id)
    if party is not None:
        statement = statement.where(or_(table.c.lender == party, merchants.c.owner == party))
    if merchant_id is not None:
        statement = statement.where(table.c.merchant_id == merchant_id)
    if before is not None:
        statement = statement.where(table.c.id < before)
    rows = await connection.execute(statement.order_by(table.c.id.desc()).limit(limit))
    return [_deduction(row) for row in rows]


async def takings_of(connection: AsyncConnection, deduction_id: UUID, before: UUID | None, limit: int) -> list[Taking]:
    """Newest first."""
    table = deduction_takings
    statement = select(table).where(table.c.deduction_id == deduction_id)
    if before is not None:
        statement = statement.where(table.c.settlement_id < before)
    rows = await connection.execute(statement.order_by(table.c.settlement_id.desc()).limit(limit))
    return [Taking(**row._mapping) for row in rows]


async def end_due(connection: AsyncConnection, now: datetime, today: date, limit: int) -> list[Deduction]:
    """End those whose last day is over, and proposals nobody agreed to in time, in one statement each."""
    table = standing_deductions
    lapsed = await _end(
        connection, (table.c.state == "proposed") & (table.c.due_at <= now), limit, "revoked", "lapsed", now
    )
    over = await _end(
        connection, (table.c.state == "active") & (table.c.ends_on < today), limit, "completed", "end_reached", now
    )
    return lapsed + over


async def _end(
    connection: AsyncConnection, due: ColumnElement[bool], limit: int, state: str, code: str, now: datetime
) -> list[Deduction]:
    table = standing_deductions
    chosen = select(table.c.id).where(due).order_by(table.c.id).limit(limit).with_for_update(skip_locked=True)
    statement = update(table).where(table.c.id.in_(chosen.scalar_subquery()))
    ended = statement.values(state=state, end_code=code, ended_at=now, due_at=None).returning(table)
    return [_deduction(row) for row in await connection.execute(ended)]


def _deduction(row: Row[Any]) -> Deduction:
    return Deduction(**dict(row._mapping) | {"state": DeductionState(row.state)})

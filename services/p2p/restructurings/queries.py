"""The SQL of restructurings."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.restructurings.model import Restructuring, RestructuringState
from services.p2p.restructurings.tables import restructurings

_COLUMNS = [restructurings.c[name] for name in Restructuring.__slots__]


async def add(connection: AsyncConnection, restructuring: Restructuring) -> bool:
    """Whether none of the loan waits already."""
    made = await connection.execute(insert(restructurings).values(_values(restructuring)).on_conflict_do_nothing())
    return bool(made.rowcount)


async def load(connection: AsyncConnection, restructuring_id: UUID, *, lock: bool = False) -> Restructuring | None:
    wanted = select(*_COLUMNS).where(restructurings.c.id == restructuring_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _restructuring(row)


async def of_loan(
    connection: AsyncConnection, loan_id: UUID, *, before: UUID | None, limit: int
) -> list[Restructuring]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).where(restructurings.c.loan_id == loan_id)
    if before is not None:
        wanted = wanted.where(restructurings.c.id < before)
    wanted = wanted.order_by(restructurings.c.id.desc()).limit(limit + 1)
    return [_restructuring(row) for row in await connection.execute(wanted)]


async def accepted(connection: AsyncConnection, loan_id: UUID) -> list[Restructuring]:
    """Those in force or once in force, oldest first."""
    wanted = (
        select(*_COLUMNS)
        .where(restructurings.c.loan_id == loan_id, restructurings.c.state == RestructuringState.ACCEPTED.value)
        .order_by(restructurings.c.after_repayment, restructurings.c.changed_at, restructurings.c.id)
    )
    return [_restructuring(row) for row in await connection.execute(wanted)]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(restructurings.c.id).where(restructurings.c.due_at <= now)
    return list((await connection.execute(wanted.order_by(restructurings.c.due_at).limit(limit))).scalars())


async def save(connection: AsyncConnection, restructuring: Restructuring) -> None:
    statement = update(restructurings).where(restructurings.c.id == restructuring.id)
    await connection.execute(statement.values(_values(restructuring)))


def _values(restructuring: Restructuring) -> dict[str, Any]:
    return asdict(restructuring) | {"state": restructuring.state.value}


def _restructuring(row: Any) -> Restructuring:
    return Restructuring(**dict(row._mapping) | {"state": RestructuringState(row.state)})

"""The SQL of write-offs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.write_offs.model import WriteOff, WriteOffState
from services.p2p.write_offs.tables import write_offs

_COLUMNS = [write_offs.c[name] for name in WriteOff.__slots__]


async def add(connection: AsyncConnection, write_off: WriteOff) -> None:
    await connection.execute(insert(write_offs).values(_values(write_off)))


async def save(connection: AsyncConnection, write_off: WriteOff) -> None:
    await connection.execute(update(write_offs).where(write_offs.c.id == write_off.id).values(_values(write_off)))


async def load(connection: AsyncConnection, write_off_id: UUID, *, lock: bool = False) -> WriteOff | None:
    wanted = select(*_COLUMNS).where(write_offs.c.id == write_off_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _write_off(row)


async def proposed(connection: AsyncConnection, loan_id: UUID) -> bool:
    wanted = select(write_offs.c.id).where(
        write_offs.c.loan_id == loan_id, write_offs.c.state == WriteOffState.PROPOSED.value
    )
    return (await connection.execute(wanted)).first() is not None


async def approved(connection: AsyncConnection, loan_id: UUID) -> bool:
    wanted = select(write_offs.c.id).where(
        write_offs.c.loan_id == loan_id, write_offs.c.state == WriteOffState.APPROVED.value
    )
    return (await connection.execute(wanted)).first() is not None


async def find(connection: AsyncConnection, *, state: str | None, before: UUID | None, limit: int) -> list[WriteOff]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(write_offs.c.id.desc()).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(write_offs.c.state == state)
    if before is not None:
        wanted = wanted.where(write_offs.c.id < before)
    return [_write_off(row) for row in await connection.execute(wanted)]


async def due(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[UUID]:
    wanted = select(write_offs.c.id).where(write_offs.c.due_at <= now).order_by(write_offs.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(write_off: WriteOff) -> dict[str, Any]:
    return asdict(write_off) | {"state": write_off.state.value}


def _write_off(row: Any) -> WriteOff:
    return WriteOff(**dict(row._mapping) | {"state": WriteOffState(row.state)})

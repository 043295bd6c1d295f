"""The SQL of drawings."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.drawings.model import Drawing, DrawingState
from services.ecommerce_credit.drawings.tables import drawings

_COLUMNS = [drawings.c[name] for name in Drawing.__slots__]
_ALIVE = (DrawingState.PENDING.value, DrawingState.OUTSTANDING.value)


async def add(connection: AsyncConnection, drawing: Drawing) -> None:
    await connection.execute(insert(drawings).values(_values(drawing)))


async def load(connection: AsyncConnection, drawing_id: UUID, *, lock: bool = False) -> Drawing | None:
    wanted = select(*_COLUMNS).where(drawings.c.id == drawing_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _drawing(row)


async def load_many(connection: AsyncConnection, drawing_ids: Sequence[UUID], *, lock: bool = False) -> list[Drawing]:
    """In order of their ids."""
    wanted = select(*_COLUMNS).where(drawings.c.id.in_(drawing_ids)).order_by(drawings.c.id)
    return [_drawing(row) for row in await connection.execute(wanted.with_for_update() if lock else wanted)]


async def outstanding_of(connection: AsyncConnection, line_id: UUID) -> list[UUID]:
    """What is to be repaid on a line, oldest first."""
    wanted = select(drawings.c.id).where(
        drawings.c.line_id == line_id, drawings.c.state == DrawingState.OUTSTANDING.value
    )
    return list((await connection.execute(wanted.order_by(drawings.c.id))).scalars())


async def alive_of(connection: AsyncConnection, line_id: UUID) -> int:
    """How many of a line are not repaid."""
    wanted = select(func.count()).where(drawings.c.line_id == line_id, drawings.c.state.in_(_ALIVE))
    return int((await connection.execute(wanted)).scalar_one())


async def find(
    connection: AsyncConnection,
    *,
    borrower: str | None,
    line_id: UUID | None,
    state: str | None,
    after: UUID | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Drawing]:
    """Newest first, or oldest first with `after`; at most limit + 1. Pass UUID(int=0) to begin with the oldest."""
    forward = after is not None
    wanted = select(*_COLUMNS).order_by(drawings.c.id if forward else drawings.c.id.desc()).limit(limit + 1)
    for column, value in (("borrower", borrower), ("line_id", line_id), ("state", state)):
        if value is not None:
            wanted = wanted.where(drawings.c[column] == value)
    if after is not None:
        wanted = wanted.where(drawings.c.id > after)
    if before is not None:
        wanted = wanted.where(drawings.c.id < before)
    return [_drawing(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, drawing: Drawing) -> None:
    await connection.execute(update(drawings).where(drawings.c.id == drawing.id).values(_values(drawing)))


async def set_repayment(connection: AsyncConnection, drawing_ids: Sequence[UUID], repayment_id: UUID | None) -> None:
    """A repayment begins, or ends, on these locked drawings."""
    await connection.execute(update(drawings).where(drawings.c.id.in_(drawing_ids)).values(repayment_id=repayment_id))


def _values(drawing: Drawing) -> dict[str, Any]:
    return asdict(drawing) | {"state": drawing.state.value}


def _drawing(row: Any) -> Drawing:
    return Drawing(**dict(row._mapping) | {"state": DrawingState(row.state)})

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.topups.model import TopUp, TopUpState
from services.payments.topups.tables import top_ups


async def add_top_up(connection: AsyncConnection, top_up: TopUp) -> None:
    await connection.execute(insert(top_ups).values(asdict(top_up)))


async def top_up_with(connection: AsyncConnection, top_up_id: UUID, *, lock: bool = False) -> TopUp | None:
    statement = select(top_ups).where(top_ups.c.id == top_up_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _top_up(row)


async def save_top_up(connection: AsyncConnection, top_up: TopUp) -> None:
    values = asdict(top_up)
    await connection.execute(update(top_ups).where(top_ups.c.id == values.pop("id")).values(values))


async def top_ups_of(connection: AsyncConnection, customer_id: UUID, before: UUID | None, limit: int) -> list[TopUp]:
    """A customer's top-ups, newest first."""
    statement = select(top_ups).where(top_ups.c.customer_id == customer_id)
    if before is not None:
        statement = statement.where(top_ups.c.id < before)
    return [_top_up(row) for row in await connection.execute(statement.order_by(top_ups.c.id.desc()).limit(limit))]


def _top_up(row: Row[Any]) -> TopUp:
    return TopUp(**dict(row._mapping) | {"state": TopUpState(row.state)})

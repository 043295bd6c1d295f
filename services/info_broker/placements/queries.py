"""The SQL of paid placements."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.placements.model import Placement
from services.info_broker.placements.tables import placements

_COLUMNS = [placements.c[name] for name in Placement.__slots__]


async def overlaps(connection: AsyncConnection, product_id: UUID, begins_at: datetime, ends_at: datetime) -> bool:
    meeting = exists().where(
        placements.c.product_id == product_id, placements.c.begins_at < ends_at, placements.c.ends_at > begins_at
    )
    return bool((await connection.execute(select(meeting))).scalar_one())


async def add(connection: AsyncConnection, placement: Placement) -> None:
    await connection.execute(insert(placements).values(asdict(placement)))


async def find(connection: AsyncConnection, *, before: UUID | None, limit: int) -> Sequence[Placement]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(placements.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(placements.c.id < before)
    return [Placement(*row) for row in await connection.execute(wanted)]

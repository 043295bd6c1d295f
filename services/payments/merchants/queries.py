from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.merchants.model import Merchant
from services.payments.merchants.tables import merchants


async def add_merchant(connection: AsyncConnection, merchant: Merchant) -> None:
    await connection.execute(insert(merchants).values(asdict(merchant)))


async def merchant_with(connection: AsyncConnection, merchant_id: UUID) -> Merchant | None:
    row = (await connection.execute(select(merchants).where(merchants.c.id == merchant_id))).one_or_none()
    return None if row is None else _merchant(row)


async def merchants_with(connection: AsyncConnection, merchant_ids: Collection[UUID]) -> dict[UUID, Merchant]:
    """By id."""
    rows = await connection.execute(select(merchants).where(merchants.c.id.in_(merchant_ids)))
    return {row.id: _merchant(row) for row in rows}


async def merchants_of(
    connection: AsyncConnection, owner: str | None, after: UUID | None, limit: int
) -> list[Merchant]:
    """A party's merchants, or everybody's; oldest first."""
    statement = select(merchants)
    if owner is not None:
        statement = statement.where(merchants.c.owner == owner)
    if after is not None:
        statement = statement.where(merchants.c.id > after)
    return [_merchant(row) for row in await connection.execute(statement.order_by(merchants.c.id).limit(limit))]


def _merchant(row: Row[Any]) -> Merchant:
    return Merchant(**row._mapping)

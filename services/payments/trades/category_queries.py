from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.trades.model import TradeCategory
from services.payments.trades.tables import trade_categories


async def add_category(connection: AsyncConnection, category: TradeCategory) -> bool:
    """False if the category has a version from this instant."""
    statement = insert(trade_categories).values(asdict(category)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def category_at(connection: AsyncConnection, category: str, at: datetime) -> TradeCategory | None:
    """The version in force at an instant."""
    table = trade_categories
    statement = select(table).where(table.c.category == category, table.c.valid_from <= at)
    row = (await connection.execute(statement.order_by(table.c.valid_from.desc()).limit(1))).one_or_none()
    return None if row is None else TradeCategory(**row._mapping)


async def categories_with(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, TradeCategory]:
    rows = await connection.execute(select(trade_categories).where(trade_categories.c.id.in_(ids)))
    return {row.id: TradeCategory(**row._mapping) for row in rows}


async def list_categories(
    connection: AsyncConnection, after: tuple[str, datetime] | None, limit: int
) -> list[TradeCategory]:
    """All versions, by category and instant."""
    table = trade_categories
    statement = select(table)
    if after is not None:
        statement = statement.where(tuple_(table.c.category, table.c.valid_from) > tuple_(*after))
    rows = await connection.execute(statement.order_by(table.c.category, table.c.valid_from).limit(limit))
    return [TradeCategory(**row._mapping) for row in rows]

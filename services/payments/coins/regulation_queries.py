from dataclasses import asdict
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Table, insert, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.coins.model import CoinDay, Price, Regulation, Terms
from services.payments.coins.tables import coin_days, coin_prices, coin_regulations, coin_terms

Dated = TypeVar("Dated", Terms, Price, Regulation)
_TABLES: dict[type, tuple[Table, str]] = {
    Terms: (coin_terms, "valid_from"),
    Price: (coin_prices, "price_on"),
    Regulation: (coin_regulations, "from_on"),
}
# What customers and merchants have of CNY.
_MONEY = text("""SELECT coalesce(sum(credits_posted - debits_posted), 0)::bigint FROM ledger_accounts
    WHERE currency = 'CNY' AND kind IN ('wallet', 'merchant', 'merchant_proceeds')""")


async def add_dated(connection: AsyncConnection, stated: Terms | Price | Regulation) -> None:
    table, _ = _TABLES[type(stated)]
    await connection.execute(insert(table).values(asdict(stated)))


async def in_force(connection: AsyncConnection, kind: type[Dated], unit: str, day: date) -> Dated | None:
    """On a day: the latest that had begun; of two of one day the later stated."""
    table, begins = _TABLES[kind]
    statement = select(table).where(table.c.unit == unit, table.c[begins] <= day)
    row = (
        await connection.execute(statement.order_by(table.c[begins].desc(), table.c.id.desc()).limit(1))
    ).one_or_none()
    return None if row is None else kind(**row._mapping)


async def stated(
    connection: AsyncConnection, kind: type[Dated], unit: str, before: UUID | None, limit: int
) -> list[Dated]:
    """All, newest first."""
    table, _ = _TABLES[kind]
    statement = select(table).where(table.c.unit == unit)
    if before is not None:
        statement = statement.where(table.c.id < before)
    return [
        kind(**row._mapping) for row in await connection.execute(statement.order_by(table.c.id.desc()).limit(limit))
    ]


async def money_held(connection: AsyncConnection) -> int:
    return int((await connection.execute(_MONEY)).scalar_one())


async def add_day(connection: AsyncConnection, day: CoinDay) -> bool:
    statement = insert_or_leave(coin_days).values(asdict(day)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def days_of(connection: AsyncConnection, unit: str, before: date | None, limit: int) -> list[CoinDay]:
    """Latest first."""
    table = coin_days
    statement = select(table).where(table.c.unit == unit)
    if before is not None:
        statement = statement.where(table.c.day < before)
    return [
        CoinDay(**row._mapping) for row in await connection.execute(statement.order_by(table.c.day.desc()).limit(limit))
    ]

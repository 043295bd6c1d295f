from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.wallets.model import Wallet
from services.payments.wallets.tables import wallets


async def add_wallet(connection: AsyncConnection, wallet: Wallet) -> bool:
    """False if the customer has one in this currency; waits for a simultaneous opening to end."""
    statement = insert(wallets).values(asdict(wallet)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def wallet_with(connection: AsyncConnection, wallet_id: UUID) -> Wallet | None:
    row = (await connection.execute(select(wallets).where(wallets.c.id == wallet_id))).one_or_none()
    return None if row is None else _wallet(row)


async def wallet_of(connection: AsyncConnection, customer_id: UUID, currency: str) -> Wallet | None:
    statement = select(wallets).where(wallets.c.customer_id == customer_id, wallets.c.currency == currency)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _wallet(row)


async def wallets_of(
    connection: AsyncConnection, customer_id: UUID, currency: str | None, after: UUID | None, limit: int
) -> list[Wallet]:
    """A customer's wallets, oldest first."""
    statement = select(wallets).where(wallets.c.customer_id == customer_id)
    if currency is not None:
        statement = statement.where(wallets.c.currency == currency)
    if after is not None:
        statement = statement.where(wallets.c.id > after)
    return [_wallet(row) for row in await connection.execute(statement.order_by(wallets.c.id).limit(limit))]


def _wallet(row: Row[Any]) -> Wallet:
    return Wallet(**row._mapping)

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.coins.model import CoinWithdrawalState, Withdrawal
from services.payments.coins.tables import coin_withdrawals


async def add_withdrawal(connection: AsyncConnection, withdrawal: Withdrawal) -> None:
    await connection.execute(insert(coin_withdrawals).values(asdict(withdrawal)))


async def withdrawal_with(connection: AsyncConnection, withdrawal_id: UUID, *, lock: bool = False) -> Withdrawal | None:
    statement = select(coin_withdrawals).where(coin_withdrawals.c.id == withdrawal_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _withdrawal(row)


async def save_withdrawal(connection: AsyncConnection, withdrawal: Withdrawal) -> None:
    values = asdict(withdrawal)
    await connection.execute(update(coin_withdrawals).where(coin_withdrawals.c.id == values.pop("id")).values(values))


async def withdrawals_of(
    connection: AsyncConnection, customer_id: UUID | None, before: UUID | None, limit: int
) -> list[Withdrawal]:
    """A customer's or everybody's, newest first."""
    table = coin_withdrawals
    statement = select(table)
    if customer_id is not None:
        statement = statement.where(table.c.customer_id == customer_id)
    if before is not None:
        statement = statement.where(table.c.id < before)
    return [_withdrawal(row) for row in await connection.execute(statement.order_by(table.c.id.desc()).limit(limit))]


async def due_withdrawals(connection: AsyncConnection, due: datetime, limit: int) -> list[UUID]:
    table = coin_withdrawals.c
    statement = select(table.id).where(table.due_at <= due).order_by(table.due_at).limit(limit)
    return list((await connection.execute(statement)).scalars())


async def confirmed_by(connection: AsyncConnection, unit: str, txids: Collection[str]) -> list[Withdrawal]:
    """Of transactions that are in blocks no more; locked."""
    table = coin_withdrawals
    statement = select(table).where(
        table.c.unit == unit, table.c.txid.in_(list(txids)), table.c.state == CoinWithdrawalState.CONFIRMED
    )
    return [_withdrawal(row) for row in await connection.execute(statement.order_by(table.c.id).with_for_update())]


async def asked_on(connection: AsyncConnection, unit: str, customer_id: UUID, day: date) -> int:
    """What she asked for on a day and was not given back."""
    table = coin_withdrawals.c
    statement = select(func.coalesce(func.sum(table.amount), 0)).where(
        table.customer_id == customer_id,
        table.unit == unit,
        table.made_on == day,
        table.state != CoinWithdrawalState.FAILED,
    )
    return int((await connection.execute(statement)).scalar_one())


def _withdrawal(row: Row[Any]) -> Withdrawal:
    return Withdrawal(**dict(row._mapping) | {"state": CoinWithdrawalState(row.state)})

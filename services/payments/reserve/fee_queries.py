from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.reserve.model import FeeWithdrawal, WithdrawalState
from services.payments.reserve.tables import fee_withdrawals

_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('payments.fee_withdrawals ' || CAST(:currency AS text), 0))"
)


async def lock_withdrawals(connection: AsyncConnection, currency: str) -> None:
    """Those of one currency are asked for one after another: together they are not more than is the platform's."""
    await connection.execute(_LOCK, {"currency": currency})


async def asked_for(connection: AsyncConnection, currency: str) -> int:
    """The sum of those on their way out."""
    table = fee_withdrawals.c
    chosen = select(func.coalesce(func.sum(table.amount), 0))
    chosen = chosen.where(table.currency == currency, table.state == WithdrawalState.REQUESTED)
    return int((await connection.execute(chosen)).scalar_one())


async def add_withdrawal(connection: AsyncConnection, withdrawal: FeeWithdrawal) -> None:
    await connection.execute(insert(fee_withdrawals).values(asdict(withdrawal)))


async def save_withdrawal(connection: AsyncConnection, withdrawal: FeeWithdrawal) -> None:
    values = asdict(withdrawal)
    await connection.execute(update(fee_withdrawals).where(fee_withdrawals.c.id == values.pop("id")).values(values))


async def withdrawal_with(
    connection: AsyncConnection, withdrawal_id: UUID, *, lock: bool = False
) -> FeeWithdrawal | None:
    statement = select(fee_withdrawals).where(fee_withdrawals.c.id == withdrawal_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _withdrawal(row)


async def list_withdrawals(
    connection: AsyncConnection, state: WithdrawalState | None, before: UUID | None, limit: int
) -> list[FeeWithdrawal]:
    """Newest first."""
    statement = select(fee_withdrawals)
    if state is not None:
        statement = statement.where(fee_withdrawals.c.state == state)
    if before is not None:
        statement = statement.where(fee_withdrawals.c.id < before)
    rows = await connection.execute(statement.order_by(fee_withdrawals.c.id.desc()).limit(limit))
    return [_withdrawal(row) for row in rows]


async def due_withdrawals(connection: AsyncConnection, now: datetime, limit: int) -> list[FeeWithdrawal]:
    """Locked; who reminds of them at the same time takes others."""
    table = fee_withdrawals
    statement = select(table).where(table.c.due_at <= now).order_by(table.c.due_at, table.c.id).limit(limit)
    return [_withdrawal(row) for row in await connection.execute(statement.with_for_update(skip_locked=True))]


def _withdrawal(row: Row[Any]) -> FeeWithdrawal:
    return FeeWithdrawal(**dict(row._mapping) | {"state": WithdrawalState(row.state)})

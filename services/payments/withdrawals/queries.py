from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.withdrawals.model import Withdrawal, WithdrawalState
from services.payments.withdrawals.tables import withdrawals


async def add_withdrawal(connection: AsyncConnection, withdrawal: Withdrawal) -> None:
    await connection.execute(insert(withdrawals).values(asdict(withdrawal)))


async def withdrawal_with(connection: AsyncConnection, withdrawal_id: UUID, *, lock: bool = False) -> Withdrawal | None:
    statement = select(withdrawals).where(withdrawals.c.id == withdrawal_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _withdrawal(row)


async def save_withdrawal(connection: AsyncConnection, withdrawal: Withdrawal) -> None:
    values = asdict(withdrawal)
    await connection.execute(update(withdrawals).where(withdrawals.c.id == values.pop("id")).values(values))


async def withdrawals_of(
    connection: AsyncConnection, customer_id: UUID, before: UUID | None, limit: int
) -> list[Withdrawal]:
    """A customer's withdrawals, newest first."""
    statement = select(withdrawals).where(withdrawals.c.customer_id == customer_id)
    if before is not None:
        statement = statement.where(withdrawals.c.id < before)
    return [
        _withdrawal(row) for row in await connection.execute(statement.order_by(withdrawals.c.id.desc()).limit(limit))
    ]


def _withdrawal(row: Row[Any]) -> Withdrawal:
    return Withdrawal(**dict(row._mapping) | {"state": WithdrawalState(row.state)})

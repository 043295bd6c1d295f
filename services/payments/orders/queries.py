from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.orders.model import Order, OrderState
from services.payments.orders.tables import orders


async def add_order(connection: AsyncConnection, order: Order) -> bool:
    """False if the merchant has an order of this number."""
    result = await connection.execute(insert(orders).values(asdict(order)).on_conflict_do_nothing())
    return result.rowcount == 1


async def order_with(connection: AsyncConnection, order_id: UUID, *, lock: bool = False) -> Order | None:
    statement = select(orders).where(orders.c.id == order_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _order(row)


async def order_numbered(connection: AsyncConnection, merchant_id: UUID, number: str) -> Order | None:
    statement = select(orders).where(orders.c.merchant_id == merchant_id, orders.c.merchant_order_number == number)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _order(row)


async def save_order(connection: AsyncConnection, order: Order) -> None:
    values = asdict(order)
    await connection.execute(update(orders).where(orders.c.id == values.pop("id")).values(values))


async def close_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Order]:
    """Close orders whose time is over, those not being paid at this moment, in one statement."""
    due = (
        select(orders.c.id)
        .where(orders.c.state == OrderState.WAIT_BUYER_PAY, orders.c.due_at <= now)
        .order_by(orders.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(orders)
        .where(orders.c.id.in_(due.scalar_subquery()))
        .values(state=OrderState.TRADE_CLOSED, close_reason="timeout", ended_at=now)
        .returning(orders)
    )
    return [_order(row) for row in await connection.execute(statement)]


async def orders_of_merchant(
    connection: AsyncConnection, merchant_id: UUID, state: OrderState | None, before: UUID | None, limit: int
) -> list[Order]:
    """A merchant's orders, newest first."""
    statement = select(orders).where(orders.c.merchant_id == merchant_id)
    if state is not None:
        statement = statement.where(orders.c.state == state)
    if before is not None:
        statement = statement.where(orders.c.id < before)
    return [_order(row) for row in await connection.execute(statement.order_by(orders.c.id.desc()).limit(limit))]


async def orders_of_buyer(connection: AsyncConnection, buyer_id: UUID, before: UUID | None, limit: int) -> list[Order]:
    """What a customer bought or is asked to pay, newest first."""
    statement = select(orders).where(orders.c.buyer_id == buyer_id)
    if before is not None:
        statement = statement.where(orders.c.id < before)
    return [_order(row) for row in await connection.execute(statement.order_by(orders.c.id.desc()).limit(limit))]


def _order(row: Row[Any]) -> Order:
    return Order(**dict(row._mapping) | {"state": OrderState(row.state)})

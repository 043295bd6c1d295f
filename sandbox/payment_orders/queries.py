"""The SQL of payment orders: each about the one institution that is named."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.bank.tables import BOOKS
from sandbox.payment_orders.model import OrderState, PaymentOrder

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def lock_message(connection: AsyncConnection, bank: str, message_id: str) -> None:
    """Whoever sends the same message meanwhile waits until this one is taken."""
    await connection.execute(_ONE_AT_A_TIME, {"name": f"sandbox.payment_orders {bank} {message_id}"})


async def orders_of(connection: AsyncConnection, bank: str, message_id: str) -> list[PaymentOrder]:
    table = BOOKS[bank].payment_orders
    statement = select(table).where(table.c.message_id == message_id).order_by(table.c.place)
    return [_order(bank, row) for row in await connection.execute(statement)]


async def add_orders(connection: AsyncConnection, bank: str, orders: Sequence[PaymentOrder]) -> None:
    rows = [asdict(order) for order in orders]
    for row in rows:
        del row["bank"]
    await connection.execute(insert(BOOKS[bank].payment_orders), rows)


async def due_orders(connection: AsyncConnection, bank: str, day: date, limit: int) -> list[PaymentOrder]:
    table = BOOKS[bank].payment_orders
    statement = (
        select(table)
        .where(table.c.state == OrderState.ACCEPTED, table.c.execute_on <= day)
        .order_by(table.c.execute_on, table.c.message_id, table.c.place)
        .limit(limit)
    )
    return [_order(bank, row) for row in await connection.execute(statement)]


async def locked_order(connection: AsyncConnection, order: PaymentOrder) -> PaymentOrder:
    table = BOOKS[order.bank].payment_orders
    statement = select(table).where(
        table.c.message_id == order.message_id, table.c.end_to_end_id == order.end_to_end_id
    )
    return _order(order.bank, (await connection.execute(statement.with_for_update())).one())


async def change_order(connection: AsyncConnection, order: PaymentOrder, **values: Any) -> None:
    table = BOOKS[order.bank].payment_orders
    statement = update(table).where(
        table.c.message_id == order.message_id, table.c.end_to_end_id == order.end_to_end_id
    )
    await connection.execute(statement.values(values))


def _order(bank: str, row: Row[Any]) -> PaymentOrder:
    return PaymentOrder(bank=bank, **dict(row._mapping) | {"state": OrderState(row.state)})

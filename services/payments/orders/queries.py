from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.card_returns.model import CardReturnState, ReturnReason
from services.payments.card_returns.tables import card_returns
from services.payments.orders.model import Method, Order, OrderPayment, OrderState, PaymentState
from services.payments.orders.tables import order_payments, orders
from services.payments.refunds.model import RefundState
from services.payments.refunds.tables import refunds
from services.payments.trades.tables import trades


async def add_order(connection: AsyncConnection, order: Order) -> bool:
    """False if the merchant has an order of this number."""
    result = await connection.execute(insert(orders).values(asdict(order)).on_conflict_do_nothing())
    return result.rowcount == 1


async def order_with(connection: AsyncConnection, order_id: UUID, *, lock: bool = False) -> Order | None:
    statement = select(orders).where(orders.c.id == order_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _order(row)


async def lock_unpaid_of_trade(connection: AsyncConnection, trade_id: UUID) -> Order | None:
    """None where it is paid, also if only while its lock was waited for."""
    unpaid = select(orders).where(orders.c.trade_id == trade_id, orders.c.paid_at.is_(None))
    row = (await connection.execute(unpaid.with_for_update())).one_or_none()
    return None if row is None else _order(row)


async def save_order(connection: AsyncConnection, order: Order) -> None:
    values = asdict(order)
    await connection.execute(update(orders).where(orders.c.id == values.pop("id")).values(values))


async def close_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Order]:
    """Close orders whose time is over and that nobody began to pay, those not being paid at this moment, in one statement."""
    due = (
        select(orders.c.id)
        .where(orders.c.state == OrderState.WAIT_BUYER_PAY, orders.c.due_at <= now, orders.c.parts == 0)
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


async def due_in_parts(connection: AsyncConnection, now: datetime) -> Order | None:
    """An order whose time is over, of whose parts no bank's word is awaited; locked."""
    awaited = select(order_payments.c.id).where(
        order_payments.c.order_id == orders.c.id, order_payments.c.state == PaymentState.PENDING
    )
    statement = (
        select(orders)
        .where(
            orders.c.state == OrderState.WAIT_BUYER_PAY, orders.c.due_at <= now, orders.c.parts > 0, ~awaited.exists()
        )
        .order_by(orders.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _order(row)


async def finish_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Order]:
    """Finish paid orders whose time for refunds is over, those not being refunded, in one statement.

    One whose refund waits for funds finishes after that: the refund was asked for in time, and may give back the whole. One whose escrow
    trade goes on finishes after it.
    """
    escrow = exists().where(trades.c.id == orders.c.trade_id, trades.c.ended_at.is_(None))
    waiting = exists().where(refunds.c.order_id == orders.c.id, refunds.c.state == RefundState.PENDING_FUNDS)
    due = (
        select(orders.c.id)
        .where(orders.c.state == OrderState.TRADE_SUCCESS, orders.c.refund_until <= now)
        .where((orders.c.refunded == 0) | ~waiting)
        .where(orders.c.trade_id.is_(None) | ~escrow)
        .order_by(orders.c.refund_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(orders)
        .where(orders.c.id.in_(due.scalar_subquery()))
        .values(state=OrderState.TRADE_FINISHED, ended_at=now)
        .returning(orders)
    )
    return [_order(row) for row in await connection.execute(statement)]


async def add_payment(connection: AsyncConnection, payment: OrderPayment) -> None:
    await connection.execute(insert(order_payments).values(asdict(payment)))


async def save_payments(connection: AsyncConnection, payments: Sequence[OrderPayment]) -> None:
    """Of one order, whose row is locked: at most as many as an order may have parts."""
    for payment in payments:
        values = asdict(payment)
        await connection.execute(update(order_payments).where(order_payments.c.id == values.pop("id")).values(values))


async def payments_of(connection: AsyncConnection, order_id: UUID) -> list[OrderPayment]:
    """The parts of an order's payment, in the order in which they were begun."""
    statement = select(order_payments).where(order_payments.c.order_id == order_id).order_by(order_payments.c.position)
    return [_payment(row) for row in await connection.execute(statement)]


async def returns_of(connection: AsyncConnection, order_id: UUID) -> dict[UUID, tuple[UUID, CardReturnState]]:
    """By part: what brings its card's money back, of those that came when the order needed them no more, and how far that is."""
    statement = (
        select(order_payments.c.id.label("payment_id"), card_returns.c.id, card_returns.c.state)
        .join(card_returns, card_returns.c.instruction_id == order_payments.c.instruction_id)
        .where(order_payments.c.order_id == order_id, card_returns.c.reason == ReturnReason.NOT_NEEDED)
    )
    rows = await connection.execute(statement)
    return {row.payment_id: (row.id, CardReturnState(row.state)) for row in rows}


async def payment_with(connection: AsyncConnection, payment_id: UUID) -> OrderPayment | None:
    statement = select(order_payments).where(order_payments.c.id == payment_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _payment(row)


def _payment(row: Row[Any]) -> OrderPayment:
    return OrderPayment(**dict(row._mapping) | {"method": Method(row.method), "state": PaymentState(row.state)})


def _order(row: Row[Any]) -> Order:
    return Order(**dict(row._mapping) | {"state": OrderState(row.state)})

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.card_returns.model import CardReturnState
from services.payments.card_returns.tables import card_returns
from services.payments.orders.tables import order_payments
from services.payments.refunds.model import Refund, RefundLeg, RefundState
from services.payments.refunds.tables import refund_legs, refund_transfers, refunds


async def add_refund(connection: AsyncConnection, refund: Refund) -> bool:
    """False if the merchant has a refund of this number."""
    result = await connection.execute(insert(refunds).values(asdict(refund)).on_conflict_do_nothing())
    return result.rowcount == 1


async def save_refund(connection: AsyncConnection, refund: Refund) -> None:
    values = asdict(refund)
    await connection.execute(update(refunds).where(refunds.c.id == values.pop("id")).values(values))


async def add_legs(connection: AsyncConnection, legs: Sequence[RefundLeg], transfer_ids: Sequence[UUID]) -> None:
    """What each part of the payment gets back, and the transfers of one refund that bring it."""
    await connection.execute(insert(refund_legs).values([asdict(leg) for leg in legs]))
    rows = [{"transfer_id": transfer_id, "refund_id": legs[0].refund_id} for transfer_id in transfer_ids]
    await connection.execute(insert(refund_transfers).values(rows))


async def transfer_of(connection: AsyncConnection, refund_id: UUID) -> UUID:
    """One of the transfers of a refund that was paid."""
    mine = select(refund_transfers.c.transfer_id).where(refund_transfers.c.refund_id == refund_id)
    statement = mine.order_by(refund_transfers.c.transfer_id).limit(1)
    return (await connection.execute(statement)).scalar_one()  # type: ignore[no-any-return]


async def refund_with(connection: AsyncConnection, refund_id: UUID) -> Refund | None:
    row = (await connection.execute(select(refunds).where(refunds.c.id == refund_id))).one_or_none()
    return None if row is None else _refund(row)


async def refund_numbered(connection: AsyncConnection, merchant_id: UUID, number: str) -> Refund | None:
    statement = select(refunds).where(refunds.c.merchant_id == merchant_id, refunds.c.merchant_refund_number == number)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _refund(row)


async def legs_of(connection: AsyncConnection, refund_id: UUID) -> list[tuple[RefundLeg, CardReturnState | None]]:
    """Each with how far a card's return is, in the order of the payment's parts."""
    statement = (
        select(refund_legs, card_returns.c.state)
        .join(order_payments, order_payments.c.id == refund_legs.c.payment_id)
        .outerjoin(card_returns, card_returns.c.id == refund_legs.c.return_id)
        .where(refund_legs.c.refund_id == refund_id)
        .order_by(order_payments.c.position)
    )
    rows = await connection.execute(statement)
    return [(RefundLeg(*row[:5]), None if row.state is None else CardReturnState(row.state)) for row in rows]


async def restored_of(connection: AsyncConnection, payment_id: UUID) -> int:
    """Of one part of a payment, what whoever answered for its charge has had of all refunds."""
    restored = select(func.coalesce(func.sum(refund_legs.c.restored), 0)).where(refund_legs.c.payment_id == payment_id)
    return int((await connection.execute(restored)).scalar_one())


async def refunds_of(
    connection: AsyncConnection, *, merchant_id: UUID, order_id: UUID | None, before: UUID | None, limit: int
) -> list[Refund]:
    """A merchant's refunds, of one order if named, newest first."""
    statement = select(refunds).where(refunds.c.merchant_id == merchant_id)
    if order_id is not None:
        statement = statement.where(refunds.c.order_id == order_id)
    if before is not None:
        statement = statement.where(refunds.c.id < before)
    return [_refund(row) for row in await connection.execute(statement.order_by(refunds.c.id.desc()).limit(limit))]


async def due_refunds(connection: AsyncConnection, now: datetime, after: Refund | None, limit: int) -> list[Refund]:
    """The longest waiting first; after one of them, as it was found."""
    statement = select(refunds).where(refunds.c.due_at <= now)
    if after is not None:
        statement = statement.where(tuple_(refunds.c.due_at, refunds.c.id) > (after.due_at, after.id))
    rows = await connection.execute(statement.order_by(refunds.c.due_at, refunds.c.id).limit(limit))
    return [_refund(row) for row in rows]


def _refund(row: Row[Any]) -> Refund:
    return Refund(**dict(row._mapping) | {"state": RefundState(row.state)})

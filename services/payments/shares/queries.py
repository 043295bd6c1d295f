from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.shares.model import Receiver, Share, ShareState
from services.payments.shares.tables import order_shares, share_receivers


async def add_receiver(connection: AsyncConnection, receiver: Receiver) -> bool:
    """False if the merchant has one with this account."""
    statement = insert_or_leave(share_receivers).values(asdict(receiver)).on_conflict_do_nothing()
    return (await connection.execute(statement.returning(share_receivers.c.id))).one_or_none() is not None


async def receiver_with(connection: AsyncConnection, receiver_id: UUID) -> Receiver | None:
    statement = select(share_receivers).where(share_receivers.c.id == receiver_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Receiver(**row._mapping)


async def receivers_of(
    connection: AsyncConnection, merchant_id: UUID, after: UUID | None, limit: int
) -> list[Receiver]:
    """A merchant's, oldest first, removed ones too."""
    statement = select(share_receivers).where(share_receivers.c.merchant_id == merchant_id)
    if after is not None:
        statement = statement.where(share_receivers.c.id > after)
    rows = await connection.execute(statement.order_by(share_receivers.c.id).limit(limit))
    return [Receiver(**row._mapping) for row in rows]


async def remove_receiver(connection: AsyncConnection, receiver_id: UUID, now: datetime) -> None:
    statement = update(share_receivers).where(share_receivers.c.id == receiver_id)
    await connection.execute(statement.values(removed_at=now))


async def active_receivers(
    connection: AsyncConnection, merchant_id: UUID, receiver_ids: Sequence[UUID]
) -> dict[UUID, Receiver]:
    statement = select(share_receivers).where(
        share_receivers.c.merchant_id == merchant_id,
        share_receivers.c.id.in_(receiver_ids),
        share_receivers.c.removed_at.is_(None),
    )
    return {row.id: Receiver(**row._mapping) for row in await connection.execute(statement)}


async def add_shares(connection: AsyncConnection, shares: Sequence[Share]) -> int:
    """How many there were not yet."""
    statement = insert_or_leave(order_shares).values([asdict(share) for share in shares]).on_conflict_do_nothing()
    return len((await connection.execute(statement.returning(order_shares.c.id))).all())


async def shares_of(connection: AsyncConnection, order_id: UUID) -> list[Share]:
    """Of an order, oldest first."""
    statement = select(order_shares).where(order_shares.c.order_id == order_id).order_by(order_shares.c.id)
    return [_share(row) for row in await connection.execute(statement)]


async def share_with(connection: AsyncConnection, share_id: UUID) -> Share | None:
    row = (await connection.execute(select(order_shares).where(order_shares.c.id == share_id))).one_or_none()
    return None if row is None else _share(row)


async def save_share(connection: AsyncConnection, share: Share) -> None:
    """Of an order whose row is locked."""
    values = asdict(share)
    await connection.execute(update(order_shares).where(order_shares.c.id == values.pop("id")).values(values))


def _share(row: Row[Any]) -> Share:
    return Share(**dict(row._mapping) | {"state": ShareState(row.state)})

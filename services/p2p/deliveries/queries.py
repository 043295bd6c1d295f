"""The SQL of deliveries."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.deliveries.model import Delivery, DeliveryState
from services.p2p.deliveries.tables import deliveries
from services.p2p.pledges.tables import pledges
from services.p2p.projects.tables import project_tiers

_COLUMNS = [deliveries.c[name] for name in Delivery.__slots__]
_OPEN = [DeliveryState.OWED.value, DeliveryState.SHIPPED.value]


async def add_all(connection: AsyncConnection, project_id: UUID, now: datetime) -> None:
    """One for each pledge that was collected, of which no bank took anything back, and that has a reward."""
    source = (
        select(
            pledges.c.id,
            pledges.c.project_id,
            pledges.c.tier_id,
            pledges.c.backer,
            project_tiers.c.delivers_on,
            literal(DeliveryState.OWED.value),
            literal(now),
        )
        .join(project_tiers, project_tiers.c.id == pledges.c.tier_id)
        .where(pledges.c.project_id == project_id, pledges.c.state == "collected", pledges.c.reversed_minor == 0)
    )
    names = ["pledge_id", "project_id", "tier_id", "backer", "promised_on", "state", "changed_at"]
    await connection.execute(insert(deliveries).from_select(names, source))


async def load(connection: AsyncConnection, pledge_id: UUID, *, lock: bool = False) -> Delivery | None:
    wanted = select(*_COLUMNS).where(deliveries.c.pledge_id == pledge_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _delivery(row)


async def save(connection: AsyncConnection, delivery: Delivery) -> None:
    values = asdict(delivery) | {"state": delivery.state.value}
    await connection.execute(update(deliveries).where(deliveries.c.pledge_id == delivery.pledge_id).values(values))


async def of_project(
    connection: AsyncConnection, project_id: UUID, *, state: str | None, after: UUID | None, limit: int
) -> list[Delivery]:
    """By pledge, at most limit + 1."""
    wanted = select(*_COLUMNS).where(deliveries.c.project_id == project_id)
    if state is not None:
        wanted = wanted.where(deliveries.c.state == state)
    if after is not None:
        wanted = wanted.where(deliveries.c.pledge_id > after)
    wanted = wanted.order_by(deliveries.c.pledge_id).limit(limit + 1)
    return [_delivery(row) for row in await connection.execute(wanted)]


async def ship(
    connection: AsyncConnection, project_id: UUID, tracking: Mapping[UUID, str], now: datetime, due_at: datetime
) -> list[UUID]:
    """Of these pledges, the ones whose reward was owed and is shipped now."""
    given = (
        func.unnest(literal(list(tracking), ARRAY(Uuid)), literal(list(tracking.values()), ARRAY(Text)))
        .table_valued("pledge_id", "tracking")
        .render_derived()
    )
    statement = (
        update(deliveries)
        .where(
            deliveries.c.pledge_id == given.c.pledge_id,
            deliveries.c.project_id == project_id,
            deliveries.c.state == DeliveryState.OWED.value,
        )
        .values(
            state=DeliveryState.SHIPPED.value, tracking=given.c.tracking, shipped_at=now, changed_at=now, due_at=due_at
        )
        .returning(deliveries.c.pledge_id)
    )
    return list((await connection.execute(statement)).scalars())


async def projects_due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Projects of which something was shipped so long ago that it counts as received."""
    wanted = select(deliveries.c.project_id).where(deliveries.c.due_at <= now).distinct().limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def receive_due(connection: AsyncConnection, project_id: UUID, now: datetime) -> None:
    statement = update(deliveries).where(
        deliveries.c.project_id == project_id,
        deliveries.c.due_at <= now,
        deliveries.c.state == DeliveryState.SHIPPED.value,
    )
    values = {"state": DeliveryState.RECEIVED.value, "received_at": now, "changed_at": now, "due_at": None}
    await connection.execute(statement.values(values))


async def close_all(connection: AsyncConnection, project_id: UUID, now: datetime) -> None:
    statement = update(deliveries).where(deliveries.c.project_id == project_id, deliveries.c.state.in_(_OPEN))
    await connection.execute(statement.values(state=DeliveryState.CLOSED.value, changed_at=now, due_at=None))


async def close_one(connection: AsyncConnection, pledge_id: UUID, now: datetime) -> bool:
    """Whether it was owed or on its way."""
    statement = update(deliveries).where(deliveries.c.pledge_id == pledge_id, deliveries.c.state.in_(_OPEN))
    done = await connection.execute(statement.values(state=DeliveryState.CLOSED.value, changed_at=now, due_at=None))
    return done.rowcount == 1


async def any_open(connection: AsyncConnection, project_id: UUID) -> bool:
    """Whether anything is owed, or on its way."""
    wanted = select(exists().where(deliveries.c.project_id == project_id, deliveries.c.state.in_(_OPEN)))
    return bool((await connection.execute(wanted)).scalar_one())


async def late(connection: AsyncConnection, project_id: UUID, today: date) -> int:
    """How many rewards of a project are owed beyond the day promised."""
    wanted = select(func.count()).where(
        deliveries.c.project_id == project_id,
        deliveries.c.state == DeliveryState.OWED.value,
        deliveries.c.promised_on < today,
    )
    return (await connection.execute(wanted)).scalar_one()


def _delivery(row: Any) -> Delivery:
    return Delivery(**dict(row._mapping) | {"state": DeliveryState(row.state)})

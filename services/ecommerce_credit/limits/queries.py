"""The SQL of limits."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.limits.model import Features, Limit, LimitState, Points
from services.ecommerce_credit.limits.tables import limits

_COLUMNS = [limits.c[name] for name in Limit.__slots__]
_EXACT = ("cancelled_share", "average_review", "sales_trend")


async def add(connection: AsyncConnection, limit: Limit) -> None:
    await connection.execute(insert(limits).values(_values(limit)))


async def load(connection: AsyncConnection, limit_id: UUID, *, lock: bool = False) -> Limit | None:
    wanted = select(*_COLUMNS).where(limits.c.id == limit_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _limit(row)


async def offer_to(connection: AsyncConnection, shop_id: UUID) -> Limit | None:
    """The open offer to a shop, locked."""
    wanted = select(*_COLUMNS).where(limits.c.shop_id == shop_id, limits.c.state == LimitState.APPROVED.value)
    row = (await connection.execute(wanted.with_for_update())).one_or_none()
    return None if row is None else _limit(row)


async def find(
    connection: AsyncConnection,
    *,
    owner: str | None,
    shop_id: UUID | None,
    state: str | None,
    before: UUID | None,
    limit: int,
) -> list[Limit]:
    """Newest first, at most limit + 1. owner: None for everybody's."""
    wanted = select(*_COLUMNS).order_by(limits.c.id.desc()).limit(limit + 1)
    for column, value in (("owner", owner), ("shop_id", shop_id), ("state", state)):
        if value is not None:
            wanted = wanted.where(limits.c[column] == value)
    if before is not None:
        wanted = wanted.where(limits.c.id < before)
    return [_limit(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, limit: Limit) -> None:
    await connection.execute(
        update(limits)
        .where(limits.c.id == limit.id)
        .values(state=limit.state.value, changed_at=limit.changed_at, due_at=limit.due_at)
    )


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(limits.c.id).where(limits.c.due_at <= now).order_by(limits.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(limit: Limit) -> dict[str, Any]:
    features = asdict(limit.features) | {"as_of_on": limit.features.as_of_on.isoformat()}
    for name in _EXACT:
        features[name] = None if features[name] is None else str(features[name])
    points = [asdict(one) | {"value": str(one.value)} for one in limit.points]
    return asdict(limit) | {
        "state": limit.state.value,
        "features": features,
        "points": points,
        "reasons": list(limit.reasons),
    }


def _limit(row: Any) -> Limit:
    told = row.features | {"as_of_on": date.fromisoformat(row.features["as_of_on"])}
    for name in _EXACT:
        told[name] = None if told[name] is None else Decimal(told[name])
    points = tuple(Points(**one | {"value": Decimal(one["value"])}) for one in row.points)
    parsed = {
        "state": LimitState(row.state),
        "features": Features(**told),
        "points": points,
        "reasons": tuple(row.reasons),
    }
    return Limit(**dict(row._mapping) | parsed)

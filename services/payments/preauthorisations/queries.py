from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy import insert as insert_row
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.preauthorisations.model import (
    Capture,
    EndReason,
    Preauthorisation,
    PreauthorisationState,
)
from services.payments.preauthorisations.tables import preauthorisation_captures as captures
from services.payments.preauthorisations.tables import preauthorisations


async def add_preauthorisation(connection: AsyncConnection, one: Preauthorisation) -> bool:
    """False if the merchant has one of this number."""
    result = await connection.execute(insert(preauthorisations).values(asdict(one)).on_conflict_do_nothing())
    return result.rowcount == 1


async def preauthorisation_with(
    connection: AsyncConnection, preauthorisation_id: UUID, *, lock: bool = False
) -> Preauthorisation | None:
    statement = select(preauthorisations).where(preauthorisations.c.id == preauthorisation_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _preauthorisation(row)


async def save_preauthorisation(connection: AsyncConnection, one: Preauthorisation) -> None:
    values = asdict(one)
    await connection.execute(update(preauthorisations).where(preauthorisations.c.id == values.pop("id")).values(values))


async def lock_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Preauthorisation]:
    """Those whose time is over and that nobody is changing at this moment, under lock."""
    due = select(preauthorisations).where(preauthorisations.c.due_at <= now).order_by(preauthorisations.c.due_at)
    rows = await connection.execute(due.limit(limit).with_for_update(skip_locked=True))
    return [_preauthorisation(row) for row in rows]


async def preauthorisations_of(
    connection: AsyncConnection,
    *,
    merchant_id: UUID | None,
    buyer_id: UUID | None,
    state: PreauthorisationState | None,
    before: UUID | None,
    limit: int,
) -> list[Preauthorisation]:
    """A merchant's, or a customer's; newest first."""
    statement = select(preauthorisations)
    for column, wanted in (("merchant_id", merchant_id), ("buyer_id", buyer_id), ("state", state)):
        if wanted is not None:
            statement = statement.where(preauthorisations.c[column] == wanted)
    if before is not None:
        statement = statement.where(preauthorisations.c.id < before)
    rows = await connection.execute(statement.order_by(preauthorisations.c.id.desc()).limit(limit))
    return [_preauthorisation(row) for row in rows]


async def count_captures(connection: AsyncConnection, preauthorisation_id: UUID) -> int:
    counting = select(func.count()).select_from(captures)
    statement = counting.where(captures.c.preauthorisation_id == preauthorisation_id)
    return int((await connection.execute(statement)).scalar_one())


async def add_capture(connection: AsyncConnection, capture: Capture) -> None:
    await connection.execute(insert_row(captures).values(asdict(capture)))


async def captures_of(connection: AsyncConnection, preauthorisation_id: UUID) -> list[Capture]:
    """In their order."""
    statement = select(captures).where(captures.c.preauthorisation_id == preauthorisation_id)
    return [Capture(**row._mapping) for row in await connection.execute(statement.order_by(captures.c.number))]


def _preauthorisation(row: Row[Any]) -> Preauthorisation:
    reason = None if row.end_reason is None else EndReason(row.end_reason)
    return Preauthorisation(**dict(row._mapping) | {"state": PreauthorisationState(row.state), "end_reason": reason})

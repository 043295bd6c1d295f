from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.surplus_charges.model import ReturnReason, SurplusCharge, SurplusState
from services.payments.surplus_charges.tables import surplus_charges


async def add_surplus(connection: AsyncConnection, surplus: SurplusCharge) -> None:
    await connection.execute(insert(surplus_charges).values(asdict(surplus)))


async def surplus_with(connection: AsyncConnection, surplus_id: UUID, *, lock: bool = False) -> SurplusCharge | None:
    statement = select(surplus_charges).where(surplus_charges.c.id == surplus_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _surplus(row)


async def save_surplus(connection: AsyncConnection, surplus: SurplusCharge) -> None:
    values = asdict(surplus)
    await connection.execute(update(surplus_charges).where(surplus_charges.c.id == values.pop("id")).values(values))


async def list_surplus(connection: AsyncConnection, before: UUID | None, limit: int) -> list[SurplusCharge]:
    """Newest first."""
    statement = select(surplus_charges)
    if before is not None:
        statement = statement.where(surplus_charges.c.id < before)
    return [
        _surplus(row) for row in await connection.execute(statement.order_by(surplus_charges.c.id.desc()).limit(limit))
    ]


def _surplus(row: Row[Any]) -> SurplusCharge:
    states = {"state": SurplusState(row.state), "reason": ReturnReason(row.reason)}
    return SurplusCharge(**dict(row._mapping) | states)

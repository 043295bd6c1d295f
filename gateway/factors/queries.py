from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.factors.model import SecondFactor
from gateway.factors.tables import second_factors


async def load(connection: AsyncConnection, identity_id: UUID, *, lock: bool = False) -> SecondFactor | None:
    wanted = select(second_factors).where(second_factors.c.identity_id == identity_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    if row is None:
        return None
    return SecondFactor(row.identity_id, row.sealed, row.confirmed_at is not None, row.last_step)


async def begin(connection: AsyncConnection, identity_id: UUID, sealed: bytes, now: datetime) -> bool:
    """A secret in place of one that was never confirmed; False, with nothing written, where one was."""
    new = upsert(second_factors).values(identity_id=identity_id, sealed=sealed, begun_at=now)
    again = new.on_conflict_do_update(
        index_elements=["identity_id"],
        set_={"sealed": new.excluded.sealed, "begun_at": new.excluded.begun_at, "last_step": None},
        where=second_factors.c.confirmed_at.is_(None),
    )
    return (await connection.execute(again.returning(second_factors.c.identity_id))).one_or_none() is not None


async def confirm(connection: AsyncConnection, identity_id: UUID, now: datetime) -> None:
    await connection.execute(
        update(second_factors).where(second_factors.c.identity_id == identity_id).values(confirmed_at=now)
    )


async def use(connection: AsyncConnection, identity_id: UUID, step: int) -> None:
    await connection.execute(
        update(second_factors).where(second_factors.c.identity_id == identity_id).values(last_step=step)
    )


async def remove(connection: AsyncConnection, identity_id: UUID) -> None:
    await connection.execute(delete(second_factors).where(second_factors.c.identity_id == identity_id))

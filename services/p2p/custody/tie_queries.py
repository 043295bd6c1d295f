"""The SQL of days compared, and of what differed."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.custody.model import Difference, DifferenceKind, DifferenceState, TieOut
from services.p2p.custody.tables import custody_differences, custody_tie_outs


async def last_day(connection: AsyncConnection, bank: str, currency: str) -> date | None:
    """That was compared."""
    own = custody_tie_outs.c
    wanted = select(func.max(own.day)).where(own.bank == bank, own.currency == currency)
    found: date | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found


async def add(connection: AsyncConnection, made: TieOut, differences: Sequence[Difference]) -> bool:
    """False if the day was compared by somebody else meanwhile."""
    statement = insert(custody_tie_outs).values(asdict(made)).on_conflict_do_nothing()
    if (await connection.execute(statement)).rowcount == 0:
        return False
    if differences:
        await connection.execute(
            insert(custody_differences), [asdict(one) | {"under_way": list(one.under_way)} for one in differences]
        )
    return True


async def find(connection: AsyncConnection, *, bank: str | None, before: date | None, limit: int) -> list[TieOut]:
    """Newest first."""
    wanted = select(custody_tie_outs)
    if bank is not None:
        wanted = wanted.where(custody_tie_outs.c.bank == bank)
    if before is not None:
        wanted = wanted.where(custody_tie_outs.c.day < before)
    wanted = wanted.order_by(custody_tie_outs.c.day.desc(), custody_tie_outs.c.bank, custody_tie_outs.c.currency)
    return [TieOut(**row._mapping) for row in await connection.execute(wanted.limit(limit))]


async def differences(
    connection: AsyncConnection,
    *,
    state: DifferenceState | None,
    day: date | None,
    holder: str | None,
    after: UUID | None,
    limit: int,
) -> list[Difference]:
    """Newest first."""
    own = custody_differences.c
    wanted = select(custody_differences)
    given = ((own.state, state), (own.day, day), (own.holder, holder))
    wanted = wanted.where(*(column == value for column, value in given if value is not None))
    if after is not None:
        wanted = wanted.where(own.id < after)
    return [_difference(row) for row in await connection.execute(wanted.order_by(own.id.desc()).limit(limit + 1))]


async def difference(connection: AsyncConnection, difference_id: UUID, *, lock: bool = False) -> Difference | None:
    wanted = select(custody_differences).where(custody_differences.c.id == difference_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _difference(row)


async def save(connection: AsyncConnection, moved: Difference) -> None:
    values = {name: getattr(moved, name) for name in ("state", "reason", "decided_by", "changed_at")}
    await connection.execute(update(custody_differences).where(custody_differences.c.id == moved.id).values(values))


def _difference(row: Row[Any]) -> Difference:
    kinds = {"kind": DifferenceKind(row.kind), "state": DifferenceState(row.state), "under_way": tuple(row.under_way)}
    return Difference(**dict(row._mapping) | kinds)

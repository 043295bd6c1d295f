"""The SQL of credit lines."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.lines.model import Line, LineEvent, LineState, LineStep
from services.ecommerce_credit.lines.tables import line_steps, lines

_COLUMNS = [lines.c[name] for name in Line.__slots__]
_STEP = [line_steps.c[name] for name in LineStep.__slots__]
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def add(connection: AsyncConnection, line: Line) -> None:
    await connection.execute(insert(lines).values(_values(line)))


async def load(connection: AsyncConnection, line_id: UUID, *, lock: bool = False) -> Line | None:
    wanted = select(*_COLUMNS).where(lines.c.id == line_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _line(row)


async def of_shop(connection: AsyncConnection, shop_id: UUID) -> Line | None:
    """The one that is not closed."""
    wanted = select(*_COLUMNS).where(lines.c.shop_id == shop_id, lines.c.state != LineState.CLOSED.value)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _line(row)


async def limits_of(connection: AsyncConnection, owner: str, currency: str, *, besides: UUID) -> int:
    """Σ of the limits of the owner's open lines on other shops, or what they owe where that is more; minor units."""
    used = lines.c.pending_minor + lines.c.outstanding_minor
    wanted = select(func.coalesce(func.sum(func.greatest(lines.c.limit_minor, used)), 0)).where(
        lines.c.owner == owner,
        lines.c.currency == currency,
        lines.c.shop_id != besides,
        lines.c.state != LineState.CLOSED.value,
    )
    return int((await connection.execute(wanted)).scalar_one())


async def alone(connection: AsyncConnection, owner: str) -> None:
    """Until the transaction ends nobody else changes what this owner may borrow in all."""
    await connection.execute(_ALONE, {"name": f"lines of {owner}"})


async def find(
    connection: AsyncConnection, *, owner: str | None, state: str | None, before: UUID | None, limit: int
) -> list[Line]:
    """Newest first, at most limit + 1. owner: None for everybody's."""
    wanted = select(*_COLUMNS).order_by(lines.c.id.desc()).limit(limit + 1)
    for column, value in (("owner", owner), ("state", state)):
        if value is not None:
            wanted = wanted.where(lines.c[column] == value)
    if before is not None:
        wanted = wanted.where(lines.c.id < before)
    return [_line(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, line: Line) -> None:
    await connection.execute(update(lines).where(lines.c.id == line.id).values(_values(line)))


async def add_step(connection: AsyncConnection, line: Line, event: LineEvent | None, *, taken_by: str) -> None:
    """The next step of a line that the caller has locked or just made."""
    values = [
        literal(line.id),
        func.coalesce(func.max(line_steps.c.number), 0) + 1,
        literal(event.value if event else None),
        literal(line.state.value),
        literal(line.limit_id),
        literal(line.limit_minor),
        literal(taken_by),
        literal(line.changed_at),
    ]
    source = select(*values).where(line_steps.c.line_id == line.id)
    await connection.execute(insert(line_steps).from_select([*LineStep.__slots__], source))


async def steps(connection: AsyncConnection, line_id: UUID) -> list[LineStep]:
    wanted = select(*_STEP).where(line_steps.c.line_id == line_id).order_by(line_steps.c.number)
    return [_step(row) for row in await connection.execute(wanted)]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(lines.c.id).where(lines.c.due_at <= now).order_by(lines.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(line: Line) -> dict[str, Any]:
    return asdict(line) | {"state": line.state.value}


def _line(row: Any) -> Line:
    return Line(**dict(row._mapping) | {"state": LineState(row.state)})


def _step(row: Any) -> LineStep:
    event = None if row.event is None else LineEvent(row.event)
    return LineStep(**dict(row._mapping) | {"event": event, "state": LineState(row.state)})

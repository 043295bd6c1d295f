"""The SQL of applications."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.applications.model import (
    Application,
    ApplicationEvent,
    ApplicationState,
    BorrowerKind,
    Channel,
    Decision,
)
from services.p2p.applications.tables import application_decisions, applications

_COLUMNS = [applications.c[name] for name in Application.__slots__]
_DECISION = [application_decisions.c[name] for name in Decision.__slots__]


async def add(connection: AsyncConnection, application: Application) -> bool:
    """False if the borrower has another one under way; waits for a simultaneous one to end."""
    statement = upsert(applications).values(_values(application)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def add_imported(connection: AsyncConnection, found: Sequence[Application]) -> set[str]:
    """Rows of the source that are new; those already here are left as they are."""
    if not found:
        return set()
    statement = (
        upsert(applications)
        .values([_values(application) for application in found])
        .on_conflict_do_nothing()
        .returning(applications.c.source_row)
    )
    return set((await connection.execute(statement)).scalars())


async def hashes(connection: AsyncConnection, source: str, rows: Sequence[str]) -> dict[str, bytes]:
    """What stood in the source's rows when they were imported."""
    wanted = select(applications.c.source_row, applications.c.source_hash).where(
        applications.c.source == source, applications.c.source_row.in_(rows)
    )
    return {row.source_row: row.source_hash for row in await connection.execute(wanted)}


async def load(connection: AsyncConnection, application_id: UUID, *, lock: bool = False) -> Application | None:
    wanted = select(*_COLUMNS).where(applications.c.id == application_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _application(row)


async def find(
    connection: AsyncConnection,
    *,
    borrower: str | None,
    state: str | None,
    source: str | None,
    before: UUID | None,
    limit: int,
) -> list[Application]:
    """Newest first, at most limit + 1. borrower: None for everybody's."""
    wanted = select(*_COLUMNS).order_by(applications.c.id.desc()).limit(limit + 1)
    for column, value in (("borrower", borrower), ("state", state), ("source", source)):
        if value is not None:
            wanted = wanted.where(applications.c[column] == value)
    if before is not None:
        wanted = wanted.where(applications.c.id < before)
    return [_application(row) for row in await connection.execute(wanted)]


async def revive(connection: AsyncConnection, application: Application) -> bool:
    """Save one that ended and is under way again; False if its borrower has another one under way meanwhile."""
    try:
        async with connection.begin_nested():
            await save(connection, application)
    except IntegrityError:
        return False
    return True


async def count_events(connection: AsyncConnection, application_id: UUID, event: ApplicationEvent) -> int:
    wanted = select(func.count()).where(
        application_decisions.c.application_id == application_id, application_decisions.c.event == event.value
    )
    return int((await connection.execute(wanted)).scalar_one())


async def save(connection: AsyncConnection, application: Application) -> None:
    await connection.execute(
        update(applications).where(applications.c.id == application.id).values(_values(application))
    )


async def add_decision(
    connection: AsyncConnection,
    application: Application,
    event: ApplicationEvent | None,
    *,
    taken_by: str,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """The next step of an application that the caller has locked or just made."""
    numbers = application_decisions
    number = func.coalesce(func.max(numbers.c.number), 0) + 1
    values = [
        literal(application.id),
        number,
        literal(event.value if event else None),
        literal(application.state.value),
        literal(application.limit_minor),
        literal(taken_by),
        literal(application.changed_at),
        literal(reason),
        literal(note),
    ]
    source = select(*values).where(numbers.c.application_id == application.id)
    await connection.execute(insert(application_decisions).from_select([*Decision.__slots__], source))


async def last_approved_at(connection: AsyncConnection, application_id: UUID) -> datetime | None:
    """When it was decided that she may borrow; that a listing of it failed is no decision."""
    wanted = select(func.max(application_decisions.c.taken_at)).where(
        application_decisions.c.application_id == application_id,
        application_decisions.c.state == ApplicationState.APPROVED.value,
        application_decisions.c.event.is_distinct_from(ApplicationEvent.UNLIST.value),
    )
    found: datetime | None = (await connection.execute(wanted)).scalar_one()
    return found


async def decisions(connection: AsyncConnection, application_id: UUID) -> list[Decision]:
    wanted = (
        select(*_DECISION)
        .where(application_decisions.c.application_id == application_id)
        .order_by(application_decisions.c.number)
    )
    return [_decision(row) for row in await connection.execute(wanted)]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(applications.c.id).where(applications.c.due_at <= now).order_by(applications.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(application: Application) -> dict[str, Any]:
    return asdict(application) | {
        "reasons": list(application.reasons),
        "state": application.state.value,
        "borrower_kind": application.borrower_kind.value,
        "origination": application.origination.value,
    }


def _application(row: Any) -> Application:
    values = dict(row._mapping)
    return Application(
        **values
        | {
            "reasons": tuple(row.reasons),
            "state": ApplicationState(row.state),
            "borrower_kind": BorrowerKind(row.borrower_kind),
            "origination": Channel(row.origination),
        }
    )


def _decision(row: Any) -> Decision:
    event = None if row.event is None else ApplicationEvent(row.event)
    return Decision(**dict(row._mapping) | {"event": event, "state": ApplicationState(row.state)})

"""The SQL of checks."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.checks.model import Check, CheckKind, CheckState
from services.p2p.checks.tables import application_checks


async def add(connection: AsyncConnection, checks: Sequence[Check]) -> None:
    await connection.execute(insert(application_checks), [_values(check) for check in checks])


async def of_application(connection: AsyncConnection, application_id: UUID) -> list[Check]:
    wanted = select(application_checks).where(application_checks.c.application_id == application_id)
    found = await connection.execute(wanted.order_by(application_checks.c.kind.desc()))
    return [_check(row) for row in found]


async def save(connection: AsyncConnection, check: Check) -> None:
    await connection.execute(
        update(application_checks)
        .where(
            application_checks.c.application_id == check.application_id,
            application_checks.c.kind == check.kind.value,
        )
        .values(_values(check))
    )


async def stop_asking(connection: AsyncConnection, application_id: UUID) -> None:
    """The application left the state that waits for answers: what is still open stays unanswered."""
    await connection.execute(
        update(application_checks)
        .where(application_checks.c.application_id == application_id, application_checks.c.due_at.is_not(None))
        .values(due_at=None)
    )


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Applications with a check that is asked again now."""
    of_each = application_checks.c.application_id
    wanted = select(of_each).where(application_checks.c.due_at <= now).group_by(of_each)
    longest_first = wanted.order_by(func.min(application_checks.c.due_at), of_each).limit(limit)
    return list((await connection.execute(longest_first)).scalars())


def _values(check: Check) -> dict[str, Any]:
    return asdict(check) | {"kind": check.kind.value, "state": check.state.value}


def _check(row: Any) -> Check:
    return Check(**dict(row._mapping) | {"kind": CheckKind(row.kind), "state": CheckState(row.state)})

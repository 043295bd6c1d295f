"""The SQL of milestones."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.milestones.model import Milestone, MilestoneState
from services.p2p.milestones.tables import milestones

_COLUMNS = [milestones.c[name] for name in Milestone.__slots__]


async def replace_all(connection: AsyncConnection, project_id: UUID, planned: Sequence[Milestone]) -> None:
    """Of a project of which no milestone has begun."""
    await connection.execute(delete(milestones).where(milestones.c.project_id == project_id))
    await add(connection, planned)


async def add(connection: AsyncConnection, planned: Sequence[Milestone]) -> None:
    if planned:
        await connection.execute(insert(milestones), [_values(one) for one in planned])


async def load(connection: AsyncConnection, milestone_id: UUID, *, lock: bool = False) -> Milestone | None:
    wanted = select(*_COLUMNS).where(milestones.c.id == milestone_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _milestone(row)


async def of_project(connection: AsyncConnection, project_id: UUID) -> list[Milestone]:
    """In order."""
    wanted = select(*_COLUMNS).where(milestones.c.project_id == project_id).order_by(milestones.c.number)
    return [_milestone(row) for row in await connection.execute(wanted)]


async def paying(connection: AsyncConnection, project_id: UUID) -> bool:
    """Whether a payout is under way."""
    wanted = select(exists().where(milestones.c.project_id == project_id, milestones.c.state == "paying"))
    return bool((await connection.execute(wanted)).scalar_one())


async def save(connection: AsyncConnection, milestone: Milestone) -> None:
    await connection.execute(update(milestones).where(milestones.c.id == milestone.id).values(_values(milestone)))


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(milestones.c.id).where(milestones.c.due_at <= now).order_by(milestones.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(milestone: Milestone) -> dict[str, Any]:
    return asdict(milestone) | {"state": milestone.state.value}


def _milestone(row: Any) -> Milestone:
    return Milestone(**dict(row._mapping) | {"state": MilestoneState(row.state)})

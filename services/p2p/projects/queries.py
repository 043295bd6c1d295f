"""The SQL of projects."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.pledges.model import GONE
from services.p2p.pledges.tables import pledges
from services.p2p.projects.model import Project, ProjectEvent, ProjectState, Step, SurplusRule, Tier
from services.p2p.projects.tables import project_steps, project_tiers, projects

_COLUMNS = [projects.c[name] for name in Project.__slots__]
_TIER = [project_tiers.c[name] for name in Tier.__slots__]
_CREATOR = text("SELECT pg_advisory_xact_lock(hashtext('projects'), hashtext(:creator))")


async def add(connection: AsyncConnection, project: Project) -> None:
    await connection.execute(insert(projects).values(_values(project)))


async def load(connection: AsyncConnection, project_id: UUID, *, lock: bool = False) -> Project | None:
    wanted = select(*_COLUMNS).where(projects.c.id == project_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _project(row)


async def save(connection: AsyncConnection, project: Project) -> None:
    await connection.execute(update(projects).where(projects.c.id == project.id).values(_values(project)))


async def undecided(connection: AsyncConnection, creator: str) -> int:
    """How many of hers are drafts, or wait for staff; nobody else makes one for her until the transaction ends."""
    await connection.execute(_CREATOR, {"creator": creator})
    waiting = [ProjectState.DRAFT.value, ProjectState.SUBMITTED.value, ProjectState.RECOMMENDED.value]
    wanted = select(func.count()).where(projects.c.creator == creator, projects.c.state.in_(waiting))
    return (await connection.execute(wanted)).scalar_one()


async def find(
    connection: AsyncConnection,
    *,
    states: Sequence[str] | None,
    creator: str | None,
    before: UUID | None,
    limit: int,
    opened: bool = False,
) -> list[Project]:
    """Newest first, at most limit + 1. opened: only what was live once."""
    wanted = select(*_COLUMNS).order_by(projects.c.id.desc()).limit(limit + 1)
    if states is not None:
        wanted = wanted.where(projects.c.state.in_(states))
    if creator is not None:
        wanted = wanted.where(projects.c.creator == creator)
    if opened:
        wanted = wanted.where(projects.c.opened_at.is_not(None))
    if before is not None:
        wanted = wanted.where(projects.c.id < before)
    return [_project(row) for row in await connection.execute(wanted)]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(projects.c.id).where(projects.c.due_at <= now).order_by(projects.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def replace_tiers(connection: AsyncConnection, project_id: UUID, tiers: Sequence[Tier]) -> None:
    """Of a draft, to which nobody has pledged."""
    await connection.execute(delete(project_tiers).where(project_tiers.c.project_id == project_id))
    if tiers:
        await connection.execute(insert(project_tiers), [asdict(tier) for tier in tiers])


async def tiers(connection: AsyncConnection, project_id: UUID) -> list[Tier]:
    wanted = select(*_TIER).where(project_tiers.c.project_id == project_id).order_by(project_tiers.c.number)
    return [Tier(**row._mapping) for row in await connection.execute(wanted)]


async def tier(connection: AsyncConnection, project_id: UUID, tier_id: UUID) -> Tier | None:
    wanted = select(*_TIER).where(project_tiers.c.id == tier_id, project_tiers.c.project_id == project_id)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else Tier(**row._mapping)


async def take(connection: AsyncConnection, tier_id: UUID) -> bool:
    """One of a reward's stock, unless there is none left."""
    tiers = project_tiers
    room = tiers.c.stock.is_(None) | (tiers.c.taken < tiers.c.stock)
    statement = update(tiers).where(tiers.c.id == tier_id, room).values(taken=tiers.c.taken + 1)
    return (await connection.execute(statement)).rowcount == 1


async def give_back(connection: AsyncConnection, tier_id: UUID, count: int = 1) -> None:
    statement = update(project_tiers).where(project_tiers.c.id == tier_id).values(taken=project_tiers.c.taken - count)
    await connection.execute(statement)


async def recount(connection: AsyncConnection, project_id: UUID) -> None:
    """What of each reward is promised, after many pledges lapsed at once."""
    kept = pledges.c.state.not_in([state.value for state in GONE])
    count = select(func.count()).where(pledges.c.tier_id == project_tiers.c.id, kept).scalar_subquery()
    await connection.execute(update(project_tiers).where(project_tiers.c.project_id == project_id).values(taken=count))


async def add_step(
    connection: AsyncConnection, project: Project, event: ProjectEvent | None, *, taken_by: str, reason: str | None
) -> None:
    """The next step of a project that the caller has locked or just made."""
    steps = project_steps
    values = [
        literal(project.id),
        func.coalesce(func.max(steps.c.number), 0) + 1,
        literal(event.value if event else None),
        literal(project.state.value),
        literal(taken_by),
        literal(project.changed_at),
        literal(reason),
    ]
    source = select(*values).where(steps.c.project_id == project.id)
    await connection.execute(insert(steps).from_select([*Step.__slots__], source))


async def steps(connection: AsyncConnection, project_id: UUID) -> list[Step]:
    columns = [project_steps.c[name] for name in Step.__slots__]
    wanted = select(*columns).where(project_steps.c.project_id == project_id).order_by(project_steps.c.number)
    return [_step(row) for row in await connection.execute(wanted)]


def _values(project: Project) -> dict[str, Any]:
    surplus = project.surplus.value if project.surplus else None
    return asdict(project) | {"state": project.state.value, "surplus": surplus}


def _project(row: Any) -> Project:
    surplus = SurplusRule(row.surplus) if row.surplus else None
    return Project(**dict(row._mapping) | {"state": ProjectState(row.state), "surplus": surplus})


def _step(row: Any) -> Step:
    event = None if row.event is None else ProjectEvent(row.event)
    return Step(**dict(row._mapping) | {"event": event, "state": ProjectState(row.state)})

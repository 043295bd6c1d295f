"""What every story of a project begins with and ends in: its lock, a step, what is counted.

Locks: project, tier, pledge, milestone, delivery, refund.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import FundingProgramme
from services.p2p.projects import queries, rules
from services.p2p.projects.errors import UnknownProject
from services.p2p.projects.events import STATE_CHANGED, told
from services.p2p.projects.model import Project, ProjectEvent, ProjectState
from services.p2p.wire_ids import project_text

OPERATE = "p2p:operate"


async def programme_of(tx: Tx, project: Project) -> FundingProgramme:
    """The version it was made under."""
    found = await programme_queries.funding_version(tx.connection, project.programme_code, project.programme_version)
    assert found is not None, "a project's programme is kept"
    return found


async def locked(tx: Tx, project_id: UUID) -> Project:
    """The project under lock: the first lock of every story about it. Raises UnknownProject."""
    project = await queries.load(tx.connection, project_id, lock=True)
    if project is None:
        raise UnknownProject("no such project", field="project_id")
    return project


async def step(tx: Tx, project: Project, event: ProjectEvent, *, taken_by: str, reason: str | None = None) -> Project:
    """Take a locked project through an event, whatever else of it changed being saved with it."""
    state = rules.next_state(project, event)
    moved = replace(
        project,
        state=state,
        reason=reason or project.reason,
        changed_at=tx.now,
        due_at=await due_at(tx, project, state),
    )
    await queries.save(tx.connection, moved)
    await queries.add_step(tx.connection, moved, event, taken_by=taken_by, reason=reason)
    tx.events.add(STATE_CHANGED, project_text(moved.id), told(moved))
    return moved


async def save(tx: Tx, project: Project) -> Project:
    """What other stories count on a locked project."""
    changed = replace(project, changed_at=tx.now)
    await queries.save(tx.connection, changed)
    return changed


async def due_at(tx: Tx, project: Project, state: ProjectState) -> datetime | None:
    retry_days, promise = 0, None
    if state is ProjectState.COLLECTING:
        retry_days = (await programme_of(tx, project)).retry_days
    if state is ProjectState.DELIVERING:
        day = rules.latest_promise(await queries.tiers(tx.connection, project.id))
        promise = None if day is None else start_of_day(day, tx.settings.zone)
    return rules.due_at(project, state, tx.now, retry_days=retry_days, last_promise=promise)

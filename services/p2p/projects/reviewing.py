"""How a project is looked at by two of staff, opened, and taken back."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.pledges import actions as pledge_actions
from services.p2p.projects import actions
from services.p2p.projects.errors import SameReviewer, UnknownProject
from services.p2p.projects.model import Project, ProjectEvent, ProjectState

OPEN_JOB = "p2p.open_project"
JOB_GRACE_SECONDS = 10


async def recommend(tx: Tx, caller: Caller, *, project_id: UUID) -> Project:
    """The first pair of eyes. Raises UnknownProject, NotAllowedInState."""
    project = replace(await actions.locked(tx, project_id), recommended_by=caller.subject)
    return await actions.step(tx, project, ProjectEvent.RECOMMEND, taken_by=caller.subject)


async def approve(tx: Tx, caller: Caller, *, project_id: UUID) -> Project:
    """The second. Raises UnknownProject, NotAllowedInState, SameReviewer."""
    project = await actions.locked(tx, project_id)
    approved = await actions.step(tx, project, ProjectEvent.APPROVE, taken_by=caller.subject)
    if project.recommended_by == caller.subject:
        raise SameReviewer("another of staff approves what you have recommended")
    tx.jobs.add(OPEN_JOB, {"id": str(project.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return approved


async def return_to_creator(tx: Tx, caller: Caller, *, project_id: UUID, reason: str) -> Project:
    project = replace(await actions.locked(tx, project_id), recommended_by=None)
    return await actions.step(tx, project, ProjectEvent.RETURN, taken_by=caller.subject, reason=reason)


async def decline(tx: Tx, caller: Caller, *, project_id: UUID, reason: str) -> Project:
    project = await actions.locked(tx, project_id)
    return await actions.step(tx, project, ProjectEvent.DECLINE, taken_by=caller.subject, reason=reason)


async def record_opened(
    tx: Tx, caller: Caller, *, project_id: UUID, account_id: UUID, creator_account_id: UUID
) -> Project:
    """Its account stands in payments: pledges are taken from now on, unless its time is over meanwhile."""
    project = await actions.locked(tx, project_id)
    if project.state is not ProjectState.OPENING:
        return project
    if project.closes_at <= tx.now:
        return await actions.step(
            tx, project, ProjectEvent.CANCEL, taken_by="time", reason="deadline_passed_before_opening"
        )
    ready = replace(project, account_id=account_id, creator_account_id=creator_account_id, opened_at=tx.now)
    return await actions.step(tx, ready, ProjectEvent.OPEN, taken_by="payments")


async def record_not_opened(tx: Tx, caller: Caller, *, project_id: UUID, reason: str) -> Project:
    """Payments finally refused its account."""
    project = await actions.locked(tx, project_id)
    if project.state is not ProjectState.OPENING:
        return project
    return await actions.step(tx, project, ProjectEvent.CANCEL, taken_by="payments", reason=reason)


async def cancel(tx: Tx, caller: Caller, *, project_id: UUID) -> Project:
    """By its creator, or by staff, before its time is over: whoever pledged is free. Raises UnknownProject, NotAllowedInState."""
    project = await actions.locked(tx, project_id)
    mine = caller.party == project.creator
    if not mine and not caller.may(actions.OPERATE):
        raise UnknownProject("no such project", field="project_id")
    reason = "withdrawn" if mine else "cancelled_by_staff"
    cancelled = await actions.step(
        tx, replace(project, closed_at=tx.now), ProjectEvent.CANCEL, taken_by=caller.subject, reason=reason
    )
    await pledge_actions.release_all(tx, cancelled)
    return cancelled

"""What time does to a project, and how a public benefit accounts for what it did."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.pledges import actions as pledge_actions
from services.p2p.pledges import collecting
from services.p2p.projects import actions, rules
from services.p2p.projects.errors import UnknownProject, UseNotTold
from services.p2p.projects.model import Project, ProjectEvent, ProjectState

_BY_TIME = {
    ProjectState.DRAFT: (ProjectEvent.CANCEL, "draft_forgotten"),
    ProjectState.SUBMITTED: (ProjectEvent.RETURN, "not_reviewed_in_time"),
    ProjectState.RECOMMENDED: (ProjectEvent.RETURN, "not_reviewed_in_time"),
    ProjectState.OPENING: (ProjectEvent.CANCEL, "not_opened_in_time"),
    ProjectState.DELIVERING: (ProjectEvent.GIVE_UP, "not_delivered_in_time"),
}


async def close(tx: Tx, caller: Caller, *, project_id: UUID) -> Project:
    """Time ends the state of a project past its deadline; nothing happens if something else ended it first."""
    project = await actions.locked(tx, project_id)
    if project.due_at is None or project.due_at > tx.now:
        return project
    if project.state is ProjectState.LIVE:
        return await _end(tx, project)
    if project.state is ProjectState.COLLECTING:
        return await collecting.settle(tx, project)
    event, reason = _BY_TIME[project.state]
    ended = replace(project, recommended_by=None) if event is ProjectEvent.RETURN else project
    return await actions.step(tx, ended, event, taken_by="time", reason=reason)


async def account_for_use(tx: Tx, caller: Caller, *, project_id: UUID, used_minor: int, use_report: str) -> Project:
    """The last account of a public benefit: what was used, and for what. Raises UnknownProject, NotAllowedInState, UseNotTold."""
    project = await actions.locked(tx, project_id)
    if project.creator != caller.party or not project.public_benefit:
        raise UnknownProject("no such project of public benefit", field="project_id")
    rules.next_state(project, ProjectEvent.FULFIL)
    if used_minor > project.paid_minor:
        raise UseNotTold("more than was paid out", field="used", paid_minor=project.paid_minor)
    told = replace(project, used_minor=used_minor, use_report=use_report)
    return await actions.step(tx, told, ProjectEvent.FULFIL, taken_by=caller.party)


async def _end(tx: Tx, project: Project) -> Project:
    """At its deadline a project is collected, or everybody who pledged is free."""
    programme = await actions.programme_of(tx, project)
    if rules.met(programme, project):
        await collecting.begin(tx, project)
        return await actions.locked(tx, project.id)
    reason = "goal_missed" if project.pledged_minor else "nobody_pledged"
    failed = await actions.step(
        tx, replace(project, closed_at=tx.now), ProjectEvent.FAIL, taken_by="time", reason=reason
    )
    await pledge_actions.release_all(tx, failed)
    return failed

"""Stories of a milestone up to its release. The project is locked first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.errors import NotAllowedInState
from services.p2p.milestones import queries, rules
from services.p2p.milestones.events import REVIEW_WAITS, STATE_CHANGED, told
from services.p2p.milestones.model import Milestone, MilestoneEvent, MilestoneState
from services.p2p.projects import actions as project_actions
from services.p2p.projects import rules as rules_of_projects
from services.p2p.projects.errors import DayNotAllowed, MilestoneOutOfOrder, UnknownMilestone, UseNotTold
from services.p2p.projects.model import Project, ProjectState
from services.p2p.projects.rules import LONGEST_AHEAD, MilestonePlan, Portion
from services.p2p.wire_ids import milestone_text

UNFINISHED = frozenset(MilestoneState) - {MilestoneState.PAID, MilestoneState.CLOSED}


async def plan(tx: Tx, project_id: UUID, plans: Sequence[MilestonePlan]) -> None:
    """Those of a draft, in place of the ones it had."""
    planned = [
        _planned(tx, project_id, number, one.title, one.share, one.due_on) for number, one in enumerate(plans, 1)
    ]
    await queries.replace_all(tx.connection, project_id, planned)


async def begin(tx: Tx, project: Project, portions: Sequence[Portion]) -> list[Milestone]:
    """The project is funded: what each milestone pays, and from now on its day counts. Without any there is one, of all."""
    found = await queries.of_project(tx.connection, project.id)
    if not found:
        whole = _planned(tx, project.id, 1, "payout", Decimal(1), tx.today)
        await queries.add(tx.connection, [whole])
        found = [whole]
    begun = []
    for milestone, portion in zip(found, portions, strict=True):
        known = replace(
            milestone,
            net_minor=portion.net_minor,
            fee_minor=portion.fee_minor,
            due_at=rules.due_at(MilestoneState.PLANNED, milestone.due_on, tx.now, tx.settings.zone),
        )
        await queries.save(tx.connection, known)
        begun.append(known)
    return begun


async def divide_again(tx: Tx, project: Project) -> None:
    """What a locked project still pays out is less, for a bank took something back: over the milestones that are not paid. None is being
    paid."""
    left = [one for one in await queries.of_project(tx.connection, project.id) if one.state in UNFINISHED]
    if not left:
        return
    programme = await project_actions.programme_of(tx, project)
    portions = rules_of_projects.portions(project, programme.fee_rate, [one.share for one in left])
    for milestone, portion in zip(left, portions, strict=True):
        changed = replace(milestone, net_minor=portion.net_minor, fee_minor=portion.fee_minor, changed_at=tx.now)
        await queries.save(tx.connection, changed)


async def report(tx: Tx, caller: Caller, *, milestone_id: UUID, evidence: str, used_minor: int | None) -> Milestone:
    """The creator shows what was done. Raises UnknownMilestone, NotAllowedInState, MilestoneOutOfOrder, UseNotTold."""
    project, milestone = await locked(tx, milestone_id)
    if caller.party != project.creator:
        raise UnknownMilestone("no such milestone", field="milestone_id")
    _require_funded(project)
    if await _waits_for_another(tx, milestone):
        raise MilestoneOutOfOrder("those before it are not paid yet")
    if project.public_benefit and (used_minor is None or used_minor > project.paid_minor):
        raise UseNotTold("tell what of the money paid out was used", field="used", paid_minor=project.paid_minor)
    told_of = replace(milestone, evidence=evidence, used_minor=used_minor)
    return await step(tx, told_of, MilestoneEvent.REPORT)


async def check(tx: Tx, caller: Caller, *, milestone_id: UUID) -> Milestone:
    """The first pair of eyes. Raises UnknownMilestone, NotAllowedInState."""
    project, milestone = await locked(tx, milestone_id)
    _require_funded(project)
    return await step(tx, replace(milestone, checked_by=caller.subject, reason=None), MilestoneEvent.CHECK)


async def return_to_creator(tx: Tx, caller: Caller, *, milestone_id: UUID, reason: str) -> Milestone:
    """The report does not show it: the creator reports anew, by the same day or another that staff gives."""
    _, milestone = await locked(tx, milestone_id)
    return await step(tx, replace(milestone, checked_by=None), MilestoneEvent.RETURN, reason=reason)


async def extend(tx: Tx, caller: Caller, *, milestone_id: UUID, due_on: date) -> Milestone:
    """Another day for a milestone; those after it are put off by as many days. Raises DayNotAllowed."""
    project, milestone = await locked(tx, milestone_id)
    _require_funded(project)
    if not max(milestone.due_on, tx.today) < due_on <= tx.today + LONGEST_AHEAD:
        raise DayNotAllowed("a later day than the one before, within five years", field="due_on")
    later = due_on - milestone.due_on
    for one in await queries.of_project(tx.connection, project.id):
        if one.number > milestone.number and one.state is MilestoneState.PLANNED:
            await step(tx, replace(one, due_on=one.due_on + later), MilestoneEvent.EXTEND)
    return await step(tx, replace(milestone, due_on=due_on), MilestoneEvent.EXTEND)


async def watch(tx: Tx, caller: Caller, *, milestone_id: UUID) -> bool:
    """What time does to a milestone. True if the rest of its project is to be refunded: staff has let it wait too long."""
    _, milestone = await locked(tx, milestone_id)
    if milestone.due_at is None or milestone.due_at > tx.now:
        return False
    if milestone.state is MilestoneState.OVERDUE:
        return True
    planned = milestone.state is MilestoneState.PLANNED
    if planned and not await _waits_for_another(tx, milestone):
        await step(tx, milestone, MilestoneEvent.MISS, reason="not_reported_in_time")
        return False
    await queries.save(tx.connection, replace(milestone, due_at=tx.now + timedelta(days=rules.REMINDER_DAYS)))
    if not planned:
        tx.events.add(REVIEW_WAITS, milestone_text(milestone.id), told(milestone))
    return False


async def close_all(tx: Tx, project: Project) -> None:
    """The rest of a project is refunded: what is not paid never will be. Nothing of it is under way."""
    for milestone in await queries.of_project(tx.connection, project.id):
        if milestone.state in UNFINISHED:
            await step(tx, milestone, MilestoneEvent.CLOSE)


async def locked(tx: Tx, milestone_id: UUID) -> tuple[Project, Milestone]:
    """Project and milestone, in this order. Raises UnknownMilestone."""
    known = await queries.load(tx.connection, milestone_id)
    if known is None:
        raise UnknownMilestone("no such milestone", field="milestone_id")
    project = await project_actions.locked(tx, known.project_id)
    milestone = await queries.load(tx.connection, milestone_id, lock=True)
    if milestone is None:
        raise UnknownMilestone("no such milestone", field="milestone_id")
    return project, milestone


async def step(tx: Tx, milestone: Milestone, event: MilestoneEvent, *, reason: str | None = None) -> Milestone:
    """Take a locked milestone through an event, whatever else of it changed being saved with it."""
    state = rules.next_state(milestone, event)
    moved = replace(
        milestone,
        state=state,
        reason=reason or milestone.reason,
        changed_at=tx.now,
        due_at=rules.due_at(state, milestone.due_on, tx.now, tx.settings.zone),
    )
    await queries.save(tx.connection, moved)
    tx.events.add(STATE_CHANGED, milestone_text(moved.id), told(moved))
    return moved


async def _waits_for_another(tx: Tx, milestone: Milestone) -> bool:
    """Whether one before it is not paid."""
    every = await queries.of_project(tx.connection, milestone.project_id)
    return any(one.state is not MilestoneState.PAID for one in every if one.number < milestone.number)


def _require_funded(project: Project) -> None:
    if project.state is not ProjectState.FUNDED:
        raise NotAllowedInState("milestones count once the project is funded", state=project.state.value)


def _planned(tx: Tx, project_id: UUID, number: int, title: str, share: Decimal, due_on: date) -> Milestone:
    return Milestone(
        id=tx.ids.new(),
        project_id=project_id,
        number=number,
        title=title,
        share=share,
        due_on=due_on,
        state=MilestoneState.PLANNED,
        reason=None,
        net_minor=None,
        fee_minor=None,
        evidence=None,
        used_minor=None,
        checked_by=None,
        released_by=None,
        attempts=0,
        changed_at=tx.now,
        due_at=None,
    )

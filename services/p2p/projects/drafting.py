"""Stories of a project up to its submission."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.clock import business_day
from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.errors import CustomersOnly, NotAllowedInState, UnknownProgramme
from services.p2p.milestones import actions as milestone_actions
from services.p2p.milestones import queries as milestone_queries
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import FundingProgramme
from services.p2p.projects import actions, queries, rules
from services.p2p.projects.errors import ProjectContradictsItself, TooManyDrafts, UnknownProject
from services.p2p.projects.model import Project, ProjectEvent, ProjectState, SurplusRule, Tier
from services.p2p.projects.rules import MilestonePlan, TierPlan


@dataclass(frozen=True, slots=True)
class Draft:
    """What a creator writes."""

    programme: str
    title: str
    story: str
    shipping_note: str | None
    currency: str
    goal_minor: int
    closes_at: datetime
    surplus: SurplusRule | None
    tiers: tuple[TierPlan, ...]
    milestones: tuple[MilestonePlan, ...]


async def draft(tx: Tx, caller: Caller, *, draft: Draft) -> Project:
    """Raises CustomersOnly, UnknownProgramme, TooManyDrafts."""
    if caller.customer is None:
        raise CustomersOnly("a customer asks for her own project")
    if await queries.undecided(tx.connection, caller.party) >= rules.MOST_DRAFTS:
        raise TooManyDrafts(f"a creator has at most {rules.MOST_DRAFTS} that are not decided")
    programme = await _in_force(tx, draft.programme)
    project = Project(
        id=tx.ids.new(),
        creator=caller.party,
        programme_code=programme.code,
        programme_version=programme.version,
        title=draft.title,
        story=draft.story,
        shipping_note=draft.shipping_note,
        currency=draft.currency,
        goal_minor=draft.goal_minor,
        surplus=draft.surplus,
        state=ProjectState.DRAFT,
        reason=None,
        recommended_by=None,
        account_id=None,
        creator_account_id=None,
        pledged_minor=0,
        backers=0,
        collected_minor=0,
        paid_minor=0,
        fee_minor=0,
        refunded_minor=0,
        charged_back_minor=0,
        recovered_minor=0,
        used_minor=None,
        use_report=None,
        made_at=tx.now,
        closes_at=draft.closes_at,
        opened_at=None,
        closed_at=None,
        changed_at=tx.now,
        due_at=None,
    )
    project = replace(project, due_at=await actions.due_at(tx, project, ProjectState.DRAFT))
    await queries.add(tx.connection, project)
    await queries.add_step(tx.connection, project, None, taken_by=caller.party, reason=None)
    await _write_plans(tx, project, draft)
    return project


async def revise(tx: Tx, caller: Caller, *, project_id: UUID, draft: Draft) -> Project:
    """All of a draft anew. Raises UnknownProject, NotAllowedInState, UnknownProgramme."""
    project = await _own(tx, caller, project_id)
    if project.state is not ProjectState.DRAFT:
        raise NotAllowedInState("only a draft is revised", state=project.state.value)
    programme = await _in_force(tx, draft.programme)
    revised = replace(
        project,
        programme_code=programme.code,
        programme_version=programme.version,
        title=draft.title,
        story=draft.story,
        shipping_note=draft.shipping_note,
        currency=draft.currency,
        goal_minor=draft.goal_minor,
        surplus=draft.surplus,
        closes_at=draft.closes_at,
        changed_at=tx.now,
        due_at=await actions.due_at(tx, project, ProjectState.DRAFT),
    )
    await queries.save(tx.connection, revised)
    await _write_plans(tx, revised, draft)
    return revised


async def submit(tx: Tx, caller: Caller, *, project_id: UUID) -> Project:
    """Raises UnknownProject, NotAllowedInState, and ProjectContradictsItself with everything that is wrong."""
    project = await _own(tx, caller, project_id)
    rules.next_state(project, ProjectEvent.SUBMIT)
    programme = await actions.programme_of(tx, project)
    tiers = await queries.tiers(tx.connection, project.id)
    plans = [
        MilestonePlan(one.title, one.share, one.due_on)
        for one in await milestone_queries.of_project(tx.connection, project.id)
    ]
    closes_on = business_day(project.closes_at, tx.settings.zone)
    found = list(rules.contradictions(project, tiers, plans, programme, tx.now, closes_on))
    if found:
        listed = [{"field": name, "detail": detail} for name, detail in found]
        raise ProjectContradictsItself("the draft is not whole", field=found[0][0], contradictions=listed)
    return await actions.step(tx, replace(project, reason=None), ProjectEvent.SUBMIT, taken_by=caller.party)


async def _own(tx: Tx, caller: Caller, project_id: UUID) -> Project:
    project = await actions.locked(tx, project_id)
    if project.creator != caller.party:
        raise UnknownProject("no such project", field="project_id")
    return project


async def _in_force(tx: Tx, code: str) -> FundingProgramme:
    found = await programme_queries.funding_in_force(tx.connection, code, tx.today)
    if found is None:
        raise UnknownProgramme("no such programme of crowdfunding", field="programme")
    return found


async def _write_plans(tx: Tx, project: Project, draft: Draft) -> None:
    await queries.replace_tiers(tx.connection, project.id, _tiers(tx, project.id, draft.tiers))
    await milestone_actions.plan(tx, project.id, draft.milestones)


def _tiers(tx: Tx, project_id: UUID, plans: Sequence[TierPlan]) -> list[Tier]:
    return [
        Tier(
            id=tx.ids.new(),
            project_id=project_id,
            number=number,
            title=plan.title,
            description=plan.description,
            price_minor=plan.price_minor,
            stock=plan.stock,
            taken=0,
            delivers_on=plan.delivers_on,
        )
        for number, plan in enumerate(plans, 1)
    ]

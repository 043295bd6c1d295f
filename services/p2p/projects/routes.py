"""`/v1/projects`: drafted by creators, reviewed by two of staff, read by everybody."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.deliveries import queries as delivery_queries
from services.p2p.milestones import queries as milestone_queries
from services.p2p.programmes import queries as programme_queries
from services.p2p.projects import closing, drafting, queries, reviewing
from services.p2p.projects.errors import UnknownProject
from services.p2p.projects.events import StateName
from services.p2p.projects.model import Project, ProjectState
from services.p2p.projects.schemas import (
    ProgressAnswer,
    ProjectAnswer,
    ProjectPageAnswer,
    ProjectRequest,
    ProjectStepsAnswer,
    ReasonRequest,
    UseRequest,
    own_project_answer,
    page_answer,
    progress_answer,
    project_answer,
    steps_answer,
)
from services.p2p.wire_ids import ProjectId

router = APIRouter(prefix="/v1/projects", tags=["crowdfunding"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]
OPERATE = "p2p:operate"
PENDING: dict[int | str, dict[str, Any]] = {202: {"model": ProjectAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, project_id: UUID) -> Project:
    project = await queries.load(connection, project_id)
    assert project is not None
    return project


_OPEN = Continuation(job=reviewing.OPEN_JOB, load=_load, pending=lambda project: project.state is ProjectState.OPENING)


@router.post("", status_code=201, response_model=ProjectAnswer)
async def draft_project(request: Request, body: ProjectRequest, caller: Writer) -> Response:
    """A draft: nobody but its creator and staff sees it."""
    return await commands.run(request, drafting.draft, own_project_answer, draft=body.draft())


@router.post("/{project_id}/revision", status_code=200, response_model=ProjectAnswer)
async def revise_project(request: Request, body: ProjectRequest, caller: Writer, project_id: ProjectId) -> Response:
    """The whole of a draft anew."""
    return await commands.run(
        request, drafting.revise, own_project_answer, status=200, project_id=project_id, draft=body.draft()
    )


@router.post("/{project_id}/submission", status_code=200, response_model=ProjectAnswer)
async def submit_project(request: Request, caller: Writer, project_id: ProjectId) -> Response:
    """To staff. Everything that contradicts its programme or itself is told at once."""
    return await commands.run(request, drafting.submit, own_project_answer, status=200, project_id=project_id)


@router.post("/{project_id}/recommendation", status_code=200, response_model=ProjectAnswer)
async def recommend_project(request: Request, caller: Operator, project_id: ProjectId) -> Response:
    """One of staff is for it."""
    return await commands.run(request, reviewing.recommend, own_project_answer, status=200, project_id=project_id)


@router.post("/{project_id}/approval", status_code=200, response_model=ProjectAnswer, responses=PENDING)
async def approve_project(request: Request, caller: Operator, project_id: ProjectId) -> Response:
    """Another of staff approves: it is live as soon as it has its account in payments, 202 until then."""
    return await commands.run(
        request, reviewing.approve, own_project_answer, status=200, continuation=_OPEN, project_id=project_id
    )


@router.post("/{project_id}/return", status_code=200, response_model=ProjectAnswer)
async def return_project(request: Request, body: ReasonRequest, caller: Operator, project_id: ProjectId) -> Response:
    """Back to its creator, who may revise and submit it again."""
    return await commands.run(
        request,
        reviewing.return_to_creator,
        own_project_answer,
        status=200,
        project_id=project_id,
        reason=body.reason,
    )


@router.post("/{project_id}/rejection", status_code=200, response_model=ProjectAnswer)
async def reject_project(request: Request, body: ReasonRequest, caller: Operator, project_id: ProjectId) -> Response:
    """For good."""
    return await commands.run(
        request, reviewing.decline, own_project_answer, status=200, project_id=project_id, reason=body.reason
    )


@router.post("/{project_id}/cancellation", status_code=200, response_model=ProjectAnswer)
async def cancel_project(request: Request, caller: Writer, project_id: ProjectId) -> Response:
    """By its creator or staff, before its time is over: nobody is charged."""
    return await commands.run(request, reviewing.cancel, own_project_answer, status=200, project_id=project_id)


@router.post("/{project_id}/use-of-funds", status_code=200, response_model=ProjectAnswer)
async def account_for_use(request: Request, body: UseRequest, caller: Writer, project_id: ProjectId) -> Response:
    """The last account of a public benefit, when everything is paid out."""
    return await commands.run(
        request,
        closing.account_for_use,
        own_project_answer,
        status=200,
        project_id=project_id,
        used_minor=body.used,
        use_report=body.report,
    )


@router.get("")
async def list_projects(
    request: Request, caller: Reader, paging: Paging, state: StateName | None = None, mine: bool = False
) -> Page[ProjectAnswer]:
    """Newest first: what is or was live; mine: the caller's own, of any state. An operator sees all."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection,
            states=None if state is None else [state],
            creator=caller.party if mine else None,
            before=before,
            limit=paging.limit,
            opened=not (mine or caller.may(OPERATE)),
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [project_answer(row, private=_private(caller, row)) for row in shown["items"]]
    return Page[ProjectAnswer](items=items, next=shown["next"])


@router.get("/{project_id}")
async def read_project(request: Request, caller: Reader, project_id: ProjectId) -> ProjectPageAnswer:
    """Everything that a backer reads before she pledges: story, rewards, milestones, and what follows if charges fail."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        project = await _visible(connection, caller, project_id)
        programme = await programme_queries.funding_version(
            connection, project.programme_code, project.programme_version
        )
        tiers = await queries.tiers(connection, project_id)
        milestones = await milestone_queries.of_project(connection, project_id)
        late = await delivery_queries.late(connection, project_id, today)
    assert programme is not None
    return page_answer(project, programme, tiers, milestones, late=late, private=_private(caller, project))


@router.get("/{project_id}/progress")
async def read_progress(request: Request, caller: Reader, project_id: ProjectId) -> ProgressAnswer:
    """A few figures, to be asked for again and again."""
    async with runtime_of(request).reading() as connection:
        project = await _visible(connection, caller, project_id)
        tiers = await queries.tiers(connection, project_id)
    return progress_answer(project, tiers)


@router.get("/{project_id}/steps")
async def read_project_steps(request: Request, caller: Reader, project_id: ProjectId) -> ProjectStepsAnswer:
    """Every change of its state; for its creator and for operators."""
    async with runtime_of(request).reading() as connection:
        project = await queries.load(connection, project_id)
        found = await queries.steps(connection, project_id)
    if project is None or not _private(caller, project):
        raise UnknownProject("no such project", field="project_id")
    return steps_answer(found)


async def _visible(connection: AsyncConnection, caller: Caller, project_id: UUID) -> Project:
    """What was live once is everybody's; before that it is its creator's and staff's."""
    project = await queries.load(connection, project_id)
    if project is None or not (project.opened_at or _private(caller, project)):
        raise UnknownProject("no such project", field="project_id")
    return project


def _private(caller: Caller, project: Project) -> bool:
    return caller.party == project.creator or caller.may(OPERATE)

"""`/v1/collection-cases`: loans that are overdue, for their borrowers and for those who collect."""

from typing import Annotated

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.collections import actions, contact_queries, queries
from services.p2p.collections.errors import UnknownCase
from services.p2p.collections.model import Case
from services.p2p.collections.schemas import (
    ActionName,
    BucketName,
    CaseAnswer,
    CaseDetailAnswer,
    CaseStateName,
    CaseStepAnswer,
    HandOverRequest,
    NoteRequest,
    OptionalNote,
    StepRequest,
    case_answer,
    case_detail,
    step_answer,
)
from services.p2p.collections.wire_ids import CaseId
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import CollectionAction

router = APIRouter(prefix="/v1", tags=["collections"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]


@router.get("/collection-cases")
async def list_cases(
    request: Request,
    caller: Reader,
    paging: Paging,
    state: CaseStateName | None = None,
    bucket: BucketName | None = None,
) -> Page[CaseAnswer]:
    """The borrower's own, newest first; an operator sees everybody's."""
    private = caller.may(actions.OPERATE)
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection,
            borrower=None if private else caller.party,
            state=state,
            bucket=bucket,
            before=before,
            limit=paging.limit,
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [case_answer(row, private=private) for row in shown["items"]]
    return Page[CaseAnswer](items=items, next=shown["next"])


@router.get("/collection-queue")
async def list_queue(
    request: Request,
    caller: Operator,
    paging: Paging,
    bucket: BucketName | None = None,
    step: ActionName | None = None,
) -> Page[CaseAnswer]:
    """Cases whose step is due, free or taken by the caller, the longest due first. Where a promise is open nobody works."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    after = (paging.after[0], paging.after[1]) if paging.after else None
    async with runtime.reading() as connection:
        rows = await queries.queue(
            connection, today, party=caller.party, bucket=bucket, step=step, after=after, limit=paging.limit
        )
    shown = page(rows, paging, key=lambda row: (row.next_step_on, row.id))
    return Page[CaseAnswer](items=[case_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/collection-cases/{case_id}")
async def read_case(request: Request, caller: Reader, case_id: CaseId) -> CaseDetailAnswer:
    """How late the loan is, what comes if nothing is paid, and whom its borrower lets be spoken to."""
    async with runtime_of(request).reading() as connection:
        case = await visible(connection, caller, case_id)
        programme = await programme_queries.version(connection, case.programme_code, case.programme_version)
        named = await contact_queries.named(connection, case_id)
    assert programme is not None
    return case_detail(case, programme.collection_steps, named, private=caller.may(actions.OPERATE))


@router.get("/collection-cases/{case_id}/steps")
async def list_case_steps(request: Request, caller: Operator, paging: Paging, case_id: CaseId) -> Page[CaseStepAnswer]:
    """Everything that happened to a case, in order, with notes."""
    after = paging.after[0] if paging.after else 0
    async with runtime_of(request).reading() as connection:
        await visible(connection, caller, case_id)
        rows = await queries.steps(connection, case_id, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.number,))
    return Page[CaseStepAnswer](items=[step_answer(row) for row in shown["items"]], next=shown["next"])


@router.post("/collection-cases/{case_id}/assignment", status_code=200, response_model=CaseAnswer)
async def take_case(request: Request, caller: Operator, case_id: CaseId) -> Response:
    """Take a case: from now on the caller works on it."""
    return await commands.run(request, actions.take, case_answer, status=200, case_id=case_id)


@router.post("/collection-cases/{case_id}/hand-over", status_code=200, response_model=CaseAnswer)
async def hand_over_case(request: Request, body: HandOverRequest, caller: Operator, case_id: CaseId) -> Response:
    """Give a case to somebody else of the staff."""
    return await commands.run(
        request, actions.hand_over, case_answer, status=200, case_id=case_id, to=body.to, note=body.note
    )


@router.post("/collection-cases/{case_id}/release", status_code=200, response_model=CaseAnswer)
async def release_case(request: Request, body: OptionalNote, caller: Operator, case_id: CaseId) -> Response:
    """Give a case back to the queue."""
    return await commands.run(request, actions.release, case_answer, status=200, case_id=case_id, note=body.note)


@router.post("/collection-cases/{case_id}/notes", status_code=201, response_model=CaseAnswer)
async def note_case(request: Request, body: NoteRequest, caller: Operator, case_id: CaseId) -> Response:
    """Write something down; the borrower does not see it."""
    return await commands.run(request, actions.add_note, case_answer, case_id=case_id, note=body.note)


@router.post("/collection-cases/{case_id}/steps", status_code=201, response_model=CaseAnswer)
async def take_case_step(request: Request, body: StepRequest, caller: Operator, case_id: CaseId) -> Response:
    """The step that is due is taken, where it is no contact: an agency has the case, or a court."""
    action = CollectionAction(body.action)
    return await commands.run(request, actions.take_step, case_answer, case_id=case_id, taken=action, note=body.note)


@router.post("/collection-cases/{case_id}/resumption", status_code=200, response_model=CaseAnswer)
async def resume_case(request: Request, body: NoteRequest, caller: Operator, case_id: CaseId) -> Response:
    """End a pause before its time, and say why."""
    return await commands.run(request, actions.resume, case_answer, status=200, case_id=case_id, note=body.note)


async def visible(connection: AsyncConnection, caller: Caller, case_id: CaseId) -> Case:
    """The caller's own, or anybody's for an operator. Raises UnknownCase."""
    case = await queries.load(connection, case_id)
    if case is None or not (case.borrower == caller.party or caller.may(actions.OPERATE)):
        raise UnknownCase("no such case", field="case_id")
    return case

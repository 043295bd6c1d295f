"""`/v1/risk-questionnaire`, `/v1/risk-assessments`: what a lender can bear."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.lenders import actions, queries
from services.p2p.lenders.schemas import AssessmentAnswer, AssessmentRequest, QuestionnaireAnswer, assessment_answer

router = APIRouter(prefix="/v1", tags=["lenders"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]


@router.get("/risk-questionnaire")
async def read_questionnaire(request: Request, caller: Reader) -> QuestionnaireAnswer:
    """The version that is asked today, without its points."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        return QuestionnaireAnswer.model_validate(await queries.questionnaire(connection, today))


@router.post("/risk-assessments", status_code=201, response_model=AssessmentAnswer)
async def assess(request: Request, body: AssessmentRequest, caller: Writer) -> Response:
    """Answer the questionnaire, as often a day and a year as it says: the newest level counts, for a year."""
    return await commands.run(request, actions.assess, assessment_answer, version=body.version, answers=body.answers)


@router.get("/risk-assessments")
async def list_assessments(request: Request, caller: Reader, paging: Paging) -> Page[AssessmentAnswer]:
    """The caller's own, newest first: the first is the one that counts."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, caller.party, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.number,))
    return Page[AssessmentAnswer](items=[assessment_answer(row) for row in shown["items"]], next=shown["next"])

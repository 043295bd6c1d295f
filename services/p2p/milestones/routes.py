"""`/v1/milestones`: reported by creators, checked and released by two of staff."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from services.p2p.milestones import actions, paying, queries
from services.p2p.milestones.model import Milestone, MilestoneState
from services.p2p.milestones.schemas import (
    ExtensionRequest,
    MilestoneAnswer,
    ReportRequest,
    ReturnRequest,
    milestone_answer,
)
from services.p2p.wire_ids import MilestoneId

router = APIRouter(prefix="/v1/milestones", tags=["crowdfunding"])
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]
PENDING: dict[int | str, dict[str, Any]] = {202: {"model": MilestoneAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, milestone_id: UUID) -> Milestone:
    milestone = await queries.load(connection, milestone_id)
    assert milestone is not None
    return milestone


_PAY = Continuation(job=paying.PAY_JOB, load=_load, pending=lambda milestone: milestone.state is MilestoneState.PAYING)


@router.post("/{milestone_id}/report", status_code=200, response_model=MilestoneAnswer)
async def report_milestone(
    request: Request, body: ReportRequest, caller: Writer, milestone_id: MilestoneId
) -> Response:
    """The creator shows what was done; those before it are paid."""
    return await commands.run(
        request,
        actions.report,
        milestone_answer,
        status=200,
        milestone_id=milestone_id,
        evidence=body.evidence,
        used_minor=body.used,
    )


@router.post("/{milestone_id}/check", status_code=200, response_model=MilestoneAnswer)
async def check_milestone(request: Request, caller: Operator, milestone_id: MilestoneId) -> Response:
    """One of staff finds it done."""
    return await commands.run(request, actions.check, milestone_answer, status=200, milestone_id=milestone_id)


@router.post("/{milestone_id}/release", status_code=200, response_model=MilestoneAnswer, responses=PENDING)
async def release_milestone(request: Request, caller: Operator, milestone_id: MilestoneId) -> Response:
    """Another of staff releases it: it is paid out, less its part of the fee. 202 while that is under way."""
    return await commands.run(
        request, paying.release, milestone_answer, status=200, continuation=_PAY, milestone_id=milestone_id
    )


@router.post("/{milestone_id}/return", status_code=200, response_model=MilestoneAnswer)
async def return_milestone(
    request: Request, body: ReturnRequest, caller: Operator, milestone_id: MilestoneId
) -> Response:
    """The report does not show it: the creator reports anew."""
    return await commands.run(
        request,
        actions.return_to_creator,
        milestone_answer,
        status=200,
        milestone_id=milestone_id,
        reason=body.reason,
    )


@router.post("/{milestone_id}/extension", status_code=200, response_model=MilestoneAnswer)
async def extend_milestone(
    request: Request, body: ExtensionRequest, caller: Operator, milestone_id: MilestoneId
) -> Response:
    """Staff gives a milestone, missed or not, another day."""
    return await commands.run(
        request, actions.extend, milestone_answer, status=200, milestone_id=milestone_id, due_on=body.due_on
    )

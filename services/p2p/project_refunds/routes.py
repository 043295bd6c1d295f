"""`/v1/projects/{id}/refund`, `/v1/project-refunds`: what is left of a project goes back, watched and stopped by staff."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.p2p.project_refunds import actions, queries
from services.p2p.project_refunds.schemas import (
    ProjectRefundAnswer,
    ProjectRefundPage,
    refund_answer,
    refund_page,
)
from services.p2p.projects.errors import UnknownProjectRefund
from services.p2p.wire_ids import ProjectId, ProjectRefundId

router = APIRouter(prefix="/v1", tags=["crowdfunding"])
Operator = Annotated[Caller, requires("p2p:operate")]


@router.post("/projects/{project_id}/refund", status_code=201, response_model=ProjectRefundAnswer)
async def refund_project(request: Request, caller: Operator, project_id: ProjectId) -> Response:
    """What a funded project has left goes back to everybody who paid, in proportion."""
    return await commands.run(request, actions.by_staff, refund_answer, project_id=project_id)


@router.get("/projects/{project_id}/refund")
async def read_refund_of_project(request: Request, caller: Operator, project_id: ProjectId) -> ProjectRefundPage:
    async with runtime_of(request).reading() as connection:
        refund = await queries.of_project(connection, project_id)
        if refund is None:
            raise UnknownProjectRefund("nothing of it was refunded", field="project_id")
        return refund_page(refund, await queries.batches(connection, refund.id))


@router.post("/project-refunds/{refund_id}/stop", status_code=200, response_model=ProjectRefundAnswer)
async def stop_refund(request: Request, caller: Operator, refund_id: ProjectRefundId) -> Response:
    """No further batch is sent. Forgotten for a week it goes on by itself."""
    return await commands.run(request, actions.stop, refund_answer, status=200, refund_id=refund_id)


@router.post("/project-refunds/{refund_id}/resumption", status_code=200, response_model=ProjectRefundAnswer)
async def resume_refund(request: Request, caller: Operator, refund_id: ProjectRefundId) -> Response:
    """It goes on with the first batch that is not paid."""
    return await commands.run(request, actions.resume, refund_answer, status=200, refund_id=refund_id)

"""`/v1/loans/{id}/write-off`, `/v1/write-offs`: loans given up, by two people of staff."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.wire_ids import LoanId, WriteOffId
from services.p2p.write_offs import actions, queries
from services.p2p.write_offs.schemas import (
    StateName,
    WriteOffAnswer,
    WriteOffDecision,
    WriteOffRequest,
    write_off_answer,
)

router = APIRouter(prefix="/v1", tags=["losses"])
Operator = Annotated[Caller, requires("p2p:operate")]


@router.post("/loans/{loan_id}/write-off", status_code=201, response_model=WriteOffAnswer)
async def propose_write_off(request: Request, body: WriteOffRequest, caller: Operator, loan_id: LoanId) -> Response:
    """Propose that a loan is given up, more than 180 days past due; somebody else decides within seven days."""
    return await commands.run(request, actions.propose, write_off_answer, loan_id=loan_id, reason=body.reason)


@router.post("/write-offs/{write_off_id}/decision", status_code=200, response_model=WriteOffAnswer)
async def decide_write_off(
    request: Request, body: WriteOffDecision, caller: Operator, write_off_id: WriteOffId
) -> Response:
    """Approved, the loan is written off; its claims stay claims on whatever is recovered."""
    return await commands.run(
        request,
        actions.decide,
        write_off_answer,
        status=200,
        write_off_id=write_off_id,
        approve=body.approve,
        note=body.note,
    )


@router.get("/write-offs")
async def list_write_offs(
    request: Request, caller: Operator, paging: Paging, state: StateName | None = None
) -> Page[WriteOffAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[WriteOffAnswer](items=[write_off_answer(row) for row in shown["items"]], next=shown["next"])

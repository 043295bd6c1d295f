"""`/v1/drawings/{id}/repayments`, `/v1/lines/{id}/repayments`: paying back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.ecommerce_credit.errors import UnknownRepayment
from services.ecommerce_credit.repayments import actions, queries
from services.ecommerce_credit.repayments.model import Repayment, RepaymentState
from services.ecommerce_credit.repayments.schemas import (
    RepaymentAnswer,
    RepaymentRequest,
    RepaymentWithPartsAnswer,
    repayment_answer,
    with_parts,
)
from services.ecommerce_credit.wire_ids import DrawingId, LineId, RepaymentId

router = APIRouter(prefix="/v1", tags=["repayments"])
Reader = Annotated[Caller, requires("ecommerce_credit:read")]
Writer = Annotated[Caller, requires("ecommerce_credit:write")]
OPERATE = "ecommerce_credit:operate"

PENDING: dict[int | str, dict[str, Any]] = {202: {"model": RepaymentAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, repayment_id: UUID) -> Repayment:
    repayment = await queries.load(connection, repayment_id)
    assert repayment is not None
    return repayment


_RECEIVE = Continuation(
    job=actions.RECEIVE_JOB, load=_load, pending=lambda repayment: repayment.state is RepaymentState.PENDING
)


@router.post("/drawings/{drawing_id}/repayments", status_code=201, response_model=RepaymentAnswer, responses=PENDING)
async def repay_drawing(request: Request, body: RepaymentRequest, caller: Writer, drawing_id: DrawingId) -> Response:
    """Repay a drawing in part or in full from your wallet: interest to date, then principal. 202 while that is unknown."""
    return await commands.run(
        request,
        actions.repay_drawing,
        repayment_answer,
        continuation=_RECEIVE,
        drawing_id=drawing_id,
        amount_minor=body.amount,
        currency=body.currency,
    )


@router.post("/lines/{line_id}/repayments", status_code=201, response_model=RepaymentAnswer, responses=PENDING)
async def repay_line(request: Request, body: RepaymentRequest, caller: Writer, line_id: LineId) -> Response:
    """Repay what a line owes: the drawing due first before the others, of each interest before principal."""
    return await commands.run(
        request,
        actions.repay_line,
        repayment_answer,
        continuation=_RECEIVE,
        line_id=line_id,
        amount_minor=body.amount,
        currency=body.currency,
    )


@router.get("/repayments")
async def list_repayments(
    request: Request,
    caller: Reader,
    paging: Paging,
    line_id: LineId | None = None,
    drawing_id: DrawingId | None = None,
) -> Page[RepaymentWithPartsAnswer]:
    """The customer's own with what each paid, newest first, refused ones too; an operator sees everybody's."""
    borrower = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection, borrower=borrower, line_id=line_id, drawing_id=drawing_id, before=before, limit=paging.limit
        )
        parts = await queries.parts(connection, [row.id for row in rows])
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = list(map(with_parts(parts), shown["items"]))
    return Page[RepaymentWithPartsAnswer](items=items, next=shown["next"])


@router.get("/repayments/{repayment_id}")
async def read_repayment(request: Request, caller: Reader, repayment_id: RepaymentId) -> RepaymentWithPartsAnswer:
    async with runtime_of(request).reading() as connection:
        repayment = await queries.load(connection, repayment_id)
        parts = await queries.parts(connection, [repayment_id])
    if repayment is None or not (repayment.borrower == caller.party or caller.may(OPERATE)):
        raise UnknownRepayment("no such repayment", field="repayment_id")
    return with_parts(parts)(repayment)

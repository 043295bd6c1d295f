"""`/v1/originators/{id}/receipts`, `/v1/partner-receipts`: what partners received from borrowers, and passed on."""

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
from services.p2p.errors import UnknownOriginator
from services.p2p.loans import queries as loan_queries
from services.p2p.originators import queries as originator_queries
from services.p2p.partner_receipts import actions, queries
from services.p2p.partner_receipts.errors import UnknownPartnerReceipt
from services.p2p.partner_receipts.model import PartnerReceipt, ReceiptState
from services.p2p.partner_receipts.schemas import (
    GivenBackRequest,
    PartnerReceiptAnswer,
    PartnerReceiptRequest,
    ReceiptStateName,
    receipt_answer,
)
from services.p2p.wire_ids import OriginatorId, PartnerReceiptId

router = APIRouter(prefix="/v1", tags=["originators"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]
PENDING: dict[int | str, dict[str, Any]] = {202: {"model": PartnerReceiptAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, receipt_id: UUID) -> PartnerReceipt:
    receipt = await queries.load(connection, receipt_id)
    assert receipt is not None
    return receipt


_PASS = Continuation(
    job=actions.PASS_JOB,
    load=_load,
    pending=lambda receipt: receipt.state in (ReceiptState.PASSING, ReceiptState.OWING),
)


@router.post("/originators/{originator_id}/receipts", status_code=201, response_model=PartnerReceiptAnswer)
async def record_partner_receipt(
    request: Request, body: PartnerReceiptRequest, caller: Writer, originator_id: OriginatorId
) -> Response:
    """The originator tells what a borrower of its own paid it; until that is passed on, nothing is collected from her wallet."""
    return await commands.run(
        request,
        actions.record,
        receipt_answer,
        originator_id=originator_id,
        loan_id=body.loan_id,
        amount_minor=body.amount,
        currency=body.currency,
        received_on=body.received_on,
    )


@router.get("/originators/{originator_id}/receipts")
async def list_partner_receipts(
    request: Request, caller: Reader, originator_id: OriginatorId, paging: Paging, state: ReceiptStateName | None = None
) -> Page[PartnerReceiptAnswer]:
    """Newest first; for the originator and for operators."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        known = await originator_queries.load(connection, originator_id)
        if known is None or not (caller.may(actions.OPERATE) or caller.party == known.party):
            raise UnknownOriginator("no such originator", field="originator_id")
        rows = await queries.find(connection, originator_id, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[PartnerReceiptAnswer](items=[receipt_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/partner-receipts/{receipt_id}")
async def read_partner_receipt(request: Request, caller: Reader, receipt_id: PartnerReceiptId) -> PartnerReceiptAnswer:
    """For the originator, the borrower and operators."""
    async with runtime_of(request).reading() as connection:
        receipt = await queries.load(connection, receipt_id)
        loan = None if receipt is None else await loan_queries.load(connection, receipt.loan_id)
    if receipt is None or loan is None:
        raise UnknownPartnerReceipt("no such receipt", field="receipt_id")
    if caller.party not in (receipt.party, loan.borrower) and not caller.may(actions.OPERATE):
        raise UnknownPartnerReceipt("no such receipt", field="receipt_id")
    return receipt_answer(receipt)


@router.post(
    "/partner-receipts/{receipt_id}/passing-on", status_code=200, response_model=PartnerReceiptAnswer, responses=PENDING
)
async def pass_receipt_on(request: Request, caller: Writer, receipt_id: PartnerReceiptId) -> Response:
    """The originator, or staff, passes the money on: a repayment from the originator's wallet, and interest if it is late."""
    return await commands.run(
        request, actions.pass_on, receipt_answer, status=200, continuation=_PASS, receipt_id=receipt_id
    )


@router.post("/partner-receipts/{receipt_id}/return", status_code=200, response_model=PartnerReceiptAnswer)
async def give_receipt_back(
    request: Request, body: GivenBackRequest, caller: Operator, receipt_id: PartnerReceiptId
) -> Response:
    """Staff has seen that the money went back to the borrower."""
    return await commands.run(
        request, actions.give_back, receipt_answer, status=200, receipt_id=receipt_id, reason=body.reason
    )

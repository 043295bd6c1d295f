"""`/v1/restructurings`: other terms for a loan, with its borrower's consent."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.errors import UnknownLoan
from services.p2p.loans import queries as loan_queries
from services.p2p.restructurings import actions, queries
from services.p2p.restructurings.schemas import (
    RestructuringAnswer,
    RestructuringDecision,
    RestructuringRequest,
    restructuring_answer,
)
from services.p2p.wire_ids import LoanId, RestructuringId

router = APIRouter(prefix="/v1", tags=["restructurings"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]


@router.post("/loans/{loan_id}/restructurings", status_code=201, response_model=RestructuringAnswer)
async def propose(request: Request, body: RestructuringRequest, caller: Operator, loan_id: LoanId) -> Response:
    """Propose other terms for what is not yet due; a second person has to confirm them."""
    return await commands.run(
        request,
        actions.propose,
        restructuring_answer,
        loan_id=loan_id,
        annual_rate=body.annual_rate,
        periods=body.periods,
        first_due_on=body.first_due_on,
        reason=body.reason,
    )


@router.get("/loans/{loan_id}/restructurings")
async def list_restructurings(
    request: Request, caller: Reader, loan_id: LoanId, paging: Paging
) -> Page[RestructuringAnswer]:
    """Of a loan, newest first; for its borrower and for operators."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        loan = await loan_queries.load(connection, loan_id)
        if loan is None or not (loan.borrower == caller.party or caller.may("p2p:operate")):
            raise UnknownLoan("no such loan", field="loan_id")
        rows = await queries.of_loan(connection, loan_id, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [restructuring_answer(row) for row in shown["items"]]
    return Page[RestructuringAnswer](items=items, next=shown["next"])


@router.post("/restructurings/{restructuring_id}/confirmation", response_model=RestructuringAnswer)
async def confirm(request: Request, caller: Operator, restructuring_id: RestructuringId) -> Response:
    """Offer it to the borrower; not by who proposed it."""
    return await commands.run(
        request, actions.confirm, restructuring_answer, status=200, restructuring_id=restructuring_id
    )


@router.post("/restructurings/{restructuring_id}/decision", response_model=RestructuringAnswer)
async def decide_restructuring(
    request: Request, body: RestructuringDecision, caller: Writer, restructuring_id: RestructuringId
) -> Response:
    """The borrower accepts, and another schedule is in force from today, or declines."""
    return await commands.run(
        request,
        actions.decide,
        restructuring_answer,
        status=200,
        restructuring_id=restructuring_id,
        accepted=body.decision == "accept",
    )


@router.post("/restructurings/{restructuring_id}/withdrawal", response_model=RestructuringAnswer)
async def withdraw(request: Request, caller: Operator, restructuring_id: RestructuringId) -> Response:
    """Take back what the borrower has not accepted."""
    return await commands.run(
        request, actions.withdraw, restructuring_answer, status=200, restructuring_id=restructuring_id
    )

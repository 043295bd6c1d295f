"""`/v1/loans/{id}/repayments`: paying back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.p2p.errors import NothingOwed, UnknownLoan, UnknownRepayment
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import OWED
from services.p2p.repayments import actions, queries, reversal
from services.p2p.repayments.model import Keep, Repayment, RepaymentState
from services.p2p.repayments.schemas import (
    DuesAnswer,
    RepaymentAnswer,
    RepaymentRequest,
    RepaymentsAnswer,
    ReversalRequest,
    SharesAnswer,
    dues_answer,
    repayment_answer,
    shares_answer,
)
from services.p2p.wire_ids import LoanId, RepaymentId

router = APIRouter(prefix="/v1", tags=["repayments"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]

PENDING: dict[int | str, dict[str, Any]] = {202: {"model": RepaymentAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, repayment_id: UUID) -> Repayment:
    repayment = await queries.load(connection, repayment_id)
    assert repayment is not None
    return repayment


_SHARE = Continuation(
    job=actions.SHARE_JOB, load=_load, pending=lambda repayment: repayment.state is RepaymentState.PENDING
)

_REVERSE = Continuation(
    job=reversal.REVERSE_JOB, load=_load, pending=lambda repayment: repayment.state is RepaymentState.REVERSING
)


@router.post("/loans/{loan_id}/repayments", status_code=201, response_model=RepaymentAnswer, responses=PENDING)
async def repay(request: Request, body: RepaymentRequest, caller: Writer, loan_id: LoanId) -> Response:
    """Repay from the borrower's wallet; every holder receives her share. 202 while it is unknown."""
    return await commands.run(
        request,
        actions.repay,
        repayment_answer,
        continuation=_SHARE,
        loan_id=loan_id,
        amount_minor=body.amount,
        currency=body.currency,
        keep=None if body.prepay is None else Keep(body.prepay),
    )


@router.get("/loans/{loan_id}/dues")
async def read_dues(request: Request, caller: Reader, loan_id: LoanId) -> DuesAnswer:
    """What is owed today, row by row, and what ends the loan today; for its borrower and for operators."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        loan = await loan_queries.load(connection, loan_id)
        if loan is None or not (loan.borrower == caller.party or caller.may("p2p:operate")):
            raise UnknownLoan("no such loan", field="loan_id")
        if loan.state not in OWED:
            raise NothingOwed("nothing is owed on this loan", state=loan.state.value)
        serviced = await queries.serviced(connection, loan)
    return dues_answer(serviced, serviced.on(max(today, loan.starts_on)))


@router.get("/loans/{loan_id}/repayments")
async def list_repayments(request: Request, caller: Reader, loan_id: LoanId) -> RepaymentsAnswer:
    """Every repayment of a loan, oldest first, refused ones too; for its borrower and for operators."""
    async with runtime_of(request).reading() as connection:
        loan = await loan_queries.load(connection, loan_id)
        found = await queries.of_loan(connection, loan_id)
    if loan is None or not (loan.borrower == caller.party or caller.may("p2p:operate")):
        raise UnknownLoan("no such loan", field="loan_id")
    return RepaymentsAnswer(items=[repayment_answer(one) for one in found])


@router.get("/repayments/{repayment_id}/shares")
async def read_shares(request: Request, caller: Operator, repayment_id: RepaymentId) -> SharesAnswer:
    """What a repayment pays of which row, and who receives what of it, with the transfer of each share."""
    async with runtime_of(request).reading() as connection:
        repayment = await queries.load(connection, repayment_id)
        found = await queries.shares(connection, repayment_id)
        parts = await queries.parts(connection, repayment_id)
    if repayment is None:
        raise UnknownRepayment("no such repayment", field="repayment_id")
    return shares_answer(found, parts)


@router.post("/repayments/{repayment_id}/reversal", status_code=201, response_model=RepaymentAnswer, responses=PENDING)
async def reverse(request: Request, body: ReversalRequest, caller: Operator, repayment_id: RepaymentId) -> Response:
    """Take back the last repayment of a loan, for the money it was paid with did not stay: from its holders, the rest from the platform.

    202 while that is under way.
    """
    return await commands.run(
        request,
        reversal.request_reversal,
        repayment_answer,
        continuation=_REVERSE,
        repayment_id=repayment_id,
        reason=body.reason,
    )

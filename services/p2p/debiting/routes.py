"""`/v1/loans/{id}/repayment-source`, `/v1/repayment-mandates`: from what a loan's due amounts are taken."""

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
from services.p2p.debiting import debit_queries, mandate_queries, naming, round_queries
from services.p2p.debiting.errors import UnknownRepaymentMandate
from services.p2p.debiting.model import MandateState, RepaymentMandate
from services.p2p.debiting.schemas import (
    CollectionAnswer,
    LoanDebitAnswer,
    RepaymentMandateAnswer,
    RepaymentMandateRequest,
    RepaymentSourceAnswer,
    debit_answer,
    mandate_answer,
)
from services.p2p.errors import UnknownLoan
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan
from services.p2p.programmes import queries as programme_queries
from services.p2p.wire_ids import LoanId, RepaymentMandateId

router = APIRouter(prefix="/v1", tags=["repayments"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
OPERATE = "p2p:operate"
PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": RepaymentMandateAnswer, "description": "Under way; ask again"}
}


async def _load(connection: AsyncConnection, repayment_mandate_id: UUID) -> RepaymentMandate:
    mandate = await mandate_queries.load(connection, repayment_mandate_id)
    assert mandate is not None
    return mandate


_ASK = Continuation(job=naming.ASK_JOB, load=_load, pending=lambda mandate: mandate.state is MandateState.REQUESTED)
_SIGN = Continuation(
    job=naming.SIGNATURE_JOB, load=_load, pending=lambda mandate: mandate.state is MandateState.UNSIGNED
)


@router.post(
    "/loans/{loan_id}/repayment-mandates", status_code=201, response_model=RepaymentMandateAnswer, responses=PENDING
)
async def name_repayment_mandate(
    request: Request, body: RepaymentMandateRequest, caller: Writer, loan_id: LoanId
) -> Response:
    """The borrower repays by mandate from now on, once she has signed it at payments. 202 while payments is asked for it."""
    return await commands.run(
        request,
        naming.name_mandate,
        mandate_answer,
        continuation=_ASK,
        loan_id=loan_id,
        most_minor=body.most_minor,
        most_monthly_minor=body.most_monthly_minor,
        valid_until=body.valid_until,
    )


@router.post(
    "/repayment-mandates/{repayment_mandate_id}/signature",
    status_code=200,
    response_model=RepaymentMandateAnswer,
    responses=PENDING,
)
async def tell_mandate_signed(request: Request, caller: Writer, repayment_mandate_id: RepaymentMandateId) -> Response:
    """She has signed: payments is asked, and what is due is debited by it. 202 while it does not say so."""
    return await commands.run(
        request,
        naming.ask_signed,
        mandate_answer,
        status=200,
        continuation=_SIGN,
        repayment_mandate_id=repayment_mandate_id,
    )


@router.post("/repayment-mandates/{repayment_mandate_id}/end", status_code=200, response_model=RepaymentMandateAnswer)
async def end_repayment_mandate(request: Request, caller: Writer, repayment_mandate_id: RepaymentMandateId) -> Response:
    """She repays from her wallet again; it is revoked at payments, too."""
    return await commands.run(
        request, naming.end, mandate_answer, status=200, repayment_mandate_id=repayment_mandate_id
    )


@router.get("/repayment-mandates/{repayment_mandate_id}")
async def read_repayment_mandate(
    request: Request, caller: Reader, repayment_mandate_id: RepaymentMandateId
) -> RepaymentMandateAnswer:
    async with runtime_of(request).reading() as connection:
        mandate = await mandate_queries.load(connection, repayment_mandate_id)
    if mandate is None or not (mandate.borrower == caller.party or caller.may(OPERATE)):
        raise UnknownRepaymentMandate("no such mandate", field="repayment_mandate_id")
    return mandate_answer(mandate)


@router.get("/loans/{loan_id}/repayment-source")
async def read_repayment_source(request: Request, caller: Reader, loan_id: LoanId) -> RepaymentSourceAnswer:
    """From what is taken what is due, and when again; for the loan's borrower and for operators."""
    async with runtime_of(request).reading() as connection:
        loan = await _visible(connection, caller, loan_id)
        mandate = await mandate_queries.live(connection, loan_id)
        programme = await programme_queries.version(connection, loan.programme_code, loan.programme_version)
    assert programme is not None
    active = mandate is not None and mandate.state is MandateState.ACTIVE
    return RepaymentSourceAnswer(
        loan_id=loan_id,
        source="mandate" if active else "wallet",
        mandate=None if mandate is None else mandate_answer(mandate),
        wallet_first=programme.debiting.wallet_first,
        retry_days=list(programme.debiting.retry_days),
    )


@router.get("/loans/{loan_id}/repayment-mandates")
async def list_repayment_mandates(
    request: Request, caller: Reader, loan_id: LoanId, paging: Paging
) -> Page[RepaymentMandateAnswer]:
    """Every mandate of a loan, newest first; for the loan's borrower and for operators."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await _visible(connection, caller, loan_id)
        rows = await mandate_queries.of_loan(connection, loan_id, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [mandate_answer(row) for row in shown["items"]]
    return Page[RepaymentMandateAnswer](items=items, next=shown["next"])


@router.get("/loans/{loan_id}/debits")
async def list_loan_debits(request: Request, caller: Reader, loan_id: LoanId, paging: Paging) -> Page[LoanDebitAnswer]:
    """Every try to debit a mandate of a loan, newest first; for the loan's borrower and for operators."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await _visible(connection, caller, loan_id)
        rows = await debit_queries.of_loan(connection, loan_id, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.number,))
    return Page[LoanDebitAnswer](items=[debit_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/loans/{loan_id}/collections")
async def list_collections(request: Request, caller: Reader, loan_id: LoanId, paging: Paging) -> Page[CollectionAnswer]:
    """Every look into the borrower's wallet for what was due, newest first; for the loan's borrower and for operators."""
    before = (paging.after[0], paging.after[1]) if paging.after else None
    async with runtime_of(request).reading() as connection:
        await _visible(connection, caller, loan_id)
        rows = await round_queries.of_loan(connection, loan_id, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.on_day, row.round))
    items = [CollectionAnswer.model_validate(row) for row in shown["items"]]
    return Page[CollectionAnswer](items=items, next=shown["next"])


async def _visible(connection: AsyncConnection, caller: Caller, loan_id: UUID) -> Loan:
    loan = await loan_queries.load(connection, loan_id)
    if loan is None or not (loan.borrower == caller.party or caller.may(OPERATE)):
        raise UnknownLoan("no such loan", field="loan_id")
    return loan

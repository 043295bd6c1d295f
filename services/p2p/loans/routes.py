"""`/v1/loans`: contracts, for their borrower, their holders and operators."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.claims import queries as claim_queries
from services.p2p.errors import UnknownLoan, UnknownSchedule
from services.p2p.loans import queries
from services.p2p.loans.model import Loan
from services.p2p.loans.schemas import LoanAnswer, LoanScheduleAnswer, StateName, loan_answer, schedule_answer
from services.p2p.wire_ids import LoanId

router = APIRouter(prefix="/v1/loans", tags=["loans"])
Reader = Annotated[Caller, requires("p2p:read")]
OPERATE = "p2p:operate"


@router.get("")
async def list_loans(
    request: Request, caller: Reader, paging: Paging, state: StateName | None = None
) -> Page[LoanAnswer]:
    """What the caller borrowed, newest first; an operator sees every loan."""
    borrower = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, borrower=borrower, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[LoanAnswer](items=[loan_answer(row, private=True) for row in shown["items"]], next=shown["next"])


@router.get("/{loan_id}")
async def read_loan(request: Request, caller: Reader, loan_id: LoanId) -> LoanAnswer:
    """The contract. Its holders see it without the borrower."""
    async with runtime_of(request).reading() as connection:
        loan = await _visible(connection, caller, loan_id)
    return loan_answer(loan, private=_private(caller, loan))


@router.get("/{loan_id}/schedule")
async def read_schedule(
    request: Request, caller: Reader, loan_id: LoanId, version: Annotated[int, Query(ge=1)] | None = None
) -> LoanScheduleAnswer:
    """Every row of the schedule in force, and what is paid of it; or, by its version, one that was in force before."""
    async with runtime_of(request).reading() as connection:
        loan = await _visible(connection, caller, loan_id)
        if version in (None, loan.schedule_version):
            return schedule_answer(loan, loan.schedule_version, await queries.rows(connection, loan_id))
        assert version is not None
        rows = await queries.past_rows(connection, loan_id, version)
    if not rows:
        raise UnknownSchedule("the loan has no schedule of that version", field="version")
    return schedule_answer(loan, version, rows)


async def _visible(connection: AsyncConnection, caller: Caller, loan_id: LoanId) -> Loan:
    loan = await queries.load(connection, loan_id)
    if loan is not None and (
        _private(caller, loan) or await claim_queries.holds_any(connection, loan_id, caller.party)
    ):
        return loan
    raise UnknownLoan("no such loan", field="loan_id")


def _private(caller: Caller, loan: Loan) -> bool:
    return caller.party == loan.borrower or caller.may(OPERATE)

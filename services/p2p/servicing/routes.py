"""`/v1/day-closes`: days closed, and what a loan earned on each."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.wire import Day
from services.p2p.errors import UnknownLoan
from services.p2p.loans import queries as loan_queries
from services.p2p.servicing import actions, queries
from services.p2p.servicing.errors import UnknownDayClose
from services.p2p.servicing.schemas import AccrualAnswer, DayCloseAnswer, accrual_answer, close_answer
from services.p2p.wire_ids import LoanId

router = APIRouter(prefix="/v1", tags=["day closes"])
Operator = Annotated[Caller, requires("p2p:operate")]


@router.post("/day-closes", status_code=202, response_model=DayCloseAnswer)
async def close_days(request: Request, caller: Operator) -> Response:
    """Close every day that has ended, now instead of within a minute; the answer is the first of them, under way."""
    return await commands.run(request, actions.request_close, close_answer, status=202)


@router.get("/day-closes")
async def list_closes(request: Request, caller: Operator, paging: Paging) -> Page[DayCloseAnswer]:
    """Days, newest first, each with its loans by age."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, before=before, limit=paging.limit)
        shown = page(rows, paging, key=lambda row: (row.day,))
        aged = await queries.aged(connection, [close.day for close in shown["items"]])
    items = [close_answer(close, aged[close.day]) for close in shown["items"]]
    return Page[DayCloseAnswer](items=items, next=shown["next"])


@router.get("/day-closes/{day}")
async def read_close(request: Request, caller: Operator, day: Day) -> DayCloseAnswer:
    async with runtime_of(request).reading() as connection:
        close = await queries.load(connection, day)
        aged = await queries.aged(connection, [day])
    if close is None:
        raise UnknownDayClose("that day is not closed", field="day")
    return close_answer(close, aged[day])


@router.get("/loans/{loan_id}/accruals")
async def list_accruals(request: Request, caller: Operator, loan_id: LoanId, paging: Paging) -> Page[AccrualAnswer]:
    """What a loan earned and how late it was, day by day, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        loan = await loan_queries.load(connection, loan_id)
        if loan is None:
            raise UnknownLoan("no such loan", field="loan_id")
        rows = await queries.of_loan(connection, loan_id, before=before, since=loan.starts_on, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.on_day,))
    return Page[AccrualAnswer](items=[accrual_answer(row) for row in shown["items"]], next=shown["next"])

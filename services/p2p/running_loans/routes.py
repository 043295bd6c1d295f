"""`/v1/running-loans`: loans of elsewhere that were taken in as they stand, for operators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.errors import UnknownRunningLoan
from services.p2p.running_loans import queries, rules
from services.p2p.running_loans.model import LENDING_CLUB_RUNNING, RunningLoan
from services.p2p.running_loans.schemas import (
    ExplainedName,
    RemainingAnswer,
    RunningLoanAnswer,
    RunningLoansReport,
    remaining_answer,
    report_answer,
    running_loan_answer,
)
from services.p2p.wire_ids import RunningLoanId

router = APIRouter(prefix="/v1/running-loans", tags=["imports"])
Operator = Annotated[Caller, requires("p2p:operate")]
SourceName = Annotated[str, Query(max_length=40)]
FIRST = UUID(int=0)


@router.get("")
async def list_running_loans(
    request: Request,
    caller: Operator,
    paging: Paging,
    source: SourceName = LENDING_CLUB_RUNNING,
    explained: ExplainedName | None = None,
) -> Page[RunningLoanAnswer]:
    """By id. `explained=with_extra` lists extra payments one by one."""
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        found = await queries.find(connection, source=source, explained=explained, after=after, limit=paging.limit)
    shown = page(found, paging, key=lambda one: (one.id,))
    return Page[RunningLoanAnswer](items=[running_loan_answer(one) for one in shown["items"]], next=shown["next"])


@router.get("/report")
async def report(request: Request, caller: Operator, source: SourceName = LENDING_CLUB_RUNNING) -> RunningLoansReport:
    """How many loans whole instalments explain, and what is said of the rest."""
    async with runtime_of(request).reading() as connection:
        return report_answer(source, await queries.tally(connection, source, rules.USUAL_ODD_DAYS))


@router.get("/{running_loan_id}")
async def read_running_loan(request: Request, caller: Operator, running_loan_id: RunningLoanId) -> RunningLoanAnswer:
    return running_loan_answer(await _known(request, running_loan_id))


@router.get("/{running_loan_id}/remaining")
async def read_remaining(request: Request, caller: Operator, running_loan_id: RunningLoanId) -> RemainingAnswer:
    """What is still to come if nothing else is paid ahead of time."""
    one = await _known(request, running_loan_id)
    return remaining_answer(one, rules.remaining(one.standing))


async def _known(request: Request, running_loan_id: UUID) -> RunningLoan:
    async with runtime_of(request).reading() as connection:
        one = await queries.load(connection, running_loan_id)
    if one is None:
        raise UnknownRunningLoan("no such running loan", field="running_loan_id")
    return one

"""`/v1/channels/{bank}/returns`: where banks say that something came back; `/v1/returned-money`: what was done about it."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from chassis import commands
from chassis.identity import Caller, requires, service_caller
from chassis.keyed import KEYLESS
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.returned_money import actions, queries
from services.payments.returned_money.banks import ReportingBanks
from services.payments.returned_money.errors import UnknownReport
from services.payments.returned_money.model import ReportState
from services.payments.returned_money.schemas import (
    ClearReportRequest,
    Hint,
    Hinted,
    ReportAnswer,
    ReportId,
    report_answer,
)

router = APIRouter(prefix="/v1", tags=["returned money"])
Reader = Annotated[Caller, requires("payments:read")]
PAYMENTS = service_caller("payments")
Operator = Annotated[Caller, requires("payments:operate")]


@router.post("/channels/{bank}/returns", status_code=202, openapi_extra=KEYLESS)
async def take_hint(request: Request, bank: Annotated[str, Field(max_length=20)], body: Hint) -> Hinted:
    """A bank says that something came back. Its list is read; however often it says so, each report is accepted once."""
    runtime = runtime_of(request)
    runtime.get(ReportingBanks).of(bank)
    await commands.perform(runtime, actions.take_hint, PAYMENTS, seed=f"hint {bank}", bank=bank)
    return Hinted(bank=bank)


@router.get("/returned-money")
async def list_reports(
    request: Request, caller: Reader, paging: Paging, state: ReportState | None = None
) -> Page[ReportAnswer]:
    """What came back of the caller's payments, newest first; to an operator, of everybody's."""
    before = paging.after[0] if paging.after else None
    owner = None if caller.may("payments:operate") else caller.party
    async with runtime_of(request).reading() as connection:
        rows = await queries.reports_of(connection, owner, state, before, paging.limit + 1)
    items = [report_answer(one) for one in rows]
    return Page[ReportAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/returned-money/{report_id}")
async def read_report(request: Request, report_id: ReportId, caller: Reader) -> ReportAnswer:
    async with runtime_of(request).reading() as connection:
        report = await queries.report_with(connection, report_id)
    if report is None or not (report.owner == caller.party or caller.may("payments:operate")):
        raise UnknownReport("no such report")
    return report_answer(report)


@router.post("/returned-money/{report_id}/clearance", response_model=ReportAnswer)
async def clear_report(request: Request, report_id: ReportId, body: ClearReportRequest, caller: Operator) -> Response:
    """What is in suspense for a report that nothing agreed with has found its place."""
    return await commands.run(
        request, actions.clear_report, report_answer, status=200, report_id=report_id, reason=body.reason
    )

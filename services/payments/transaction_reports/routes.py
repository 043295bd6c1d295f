"""`/v1/transaction-reports/…`: what is found, filed, left out, corrected and sent. For operators alone."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from services.payments.holders.vault import IdentityVault
from services.payments.transaction_reports import actions, figure_queries, file_queries, filing, queries
from services.payments.transaction_reports.errors import UnknownReport, UnknownReportFile
from services.payments.transaction_reports.model import TransactionReportKind, TransactionReportState
from services.payments.transaction_reports.schemas import (
    FileSuspicionRequest,
    ReportCorrectionRequest,
    ReportDayAnswer,
    ReportExclusionRequest,
    ReportFigureAnswer,
    ReportFigureRequest,
    ReportFileAnswer,
    ReportFileId,
    ReportFileRequest,
    ReportId,
    TransactionReportAnswer,
    TransactionReportDetailAnswer,
    day_answer,
    figure_answer,
    file_answer,
    report_answer,
    report_detail_answer,
)
from services.payments.transaction_reports.vault import ReportVault

router = APIRouter(prefix="/v1/transaction-reports", tags=["transaction reports"])
MOST_LISTED = 1_000
"""Transfers of one report that are shown; its file has all."""
Operator = Annotated[Caller, requires("payments:operate")]


@router.post("", status_code=201, response_model=TransactionReportAnswer)
async def file_suspicion(request: Request, body: FileSuspicionRequest, caller: Operator) -> Response:
    """A suspicious transaction (可疑交易), by a decision of risk control, a hit of a list, or by what an operator saw."""
    facts = {name: getattr(body, name) for name in FileSuspicionRequest.model_fields}
    return await commands.run(request, actions.file_suspicious, report_answer, **facts)


@router.get("")
async def list_transaction_reports(
    request: Request,
    caller: Operator,
    paging: Paging,
    kind: TransactionReportKind | None = None,
    state: TransactionReportState | None = None,
) -> Page[TransactionReportAnswer]:
    """Newest first."""
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_reports(connection, kind, state, _before(paging), paging.limit + 1)
    items = [report_answer(one) for one in rows]
    return Page[TransactionReportAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/figures", status_code=201, response_model=ReportFigureAnswer)
async def state_report_figure(request: Request, body: ReportFigureRequest, caller: Operator) -> Response:
    """A threshold or a term from a day on, with its source."""
    return await commands.run(request, actions.state_figure, figure_answer, figure=body.figure())


@router.get("/figures")
async def list_report_figures(request: Request, caller: Operator, paging: Paging) -> Page[ReportFigureAnswer]:
    """Newest first."""
    async with runtime_of(request).reading() as connection:
        rows = await figure_queries.stated_figures(connection, _before(paging), paging.limit + 1)
    items = [figure_answer(one) for one in rows]
    return Page[ReportFigureAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/days")
async def list_report_days(request: Request, caller: Operator, paging: Paging) -> Page[ReportDayAnswer]:
    """Days that were gone through, newest first; days without a transfer before them have no row."""
    before: date | None = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_days(connection, before, paging.limit + 1)
    items = [day_answer(one) for one in rows]
    return Page[ReportDayAnswer].model_validate(page(items, paging, lambda row: (row.business_on,)))


@router.post("/files", status_code=201, response_model=ReportFileAnswer)
async def make_report_file(request: Request, body: ReportFileRequest, caller: Operator) -> Response:
    """What waits of a kind goes out in one file, 2,000 reports at most; one with very many transfers goes on in further files."""
    runtime = runtime_of(request)
    vaults = filing.Vaults(runtime.get(IdentityVault), runtime.get(ReportVault))
    return await commands.run(request, filing.make_file, file_answer, kind=body.kind, vaults=vaults)


@router.get("/files")
async def list_report_files(request: Request, caller: Operator, paging: Paging) -> Page[ReportFileAnswer]:
    """Newest first."""
    async with runtime_of(request).reading() as connection:
        rows = await file_queries.list_files(connection, _before(paging), paging.limit + 1)
    items = [file_answer(one) for one in rows]
    return Page[ReportFileAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/files/{file_id}/content", response_class=Response)
async def read_report_file(request: Request, file_id: ReportFileId, caller: Operator) -> Response:
    """The same bytes whenever it is asked for."""
    runtime: Runtime = runtime_of(request)
    async with runtime.reading() as connection:
        file = await file_queries.file_with(connection, file_id)
    if file is None:
        raise UnknownReportFile("no such file", field="file_id")
    content = runtime.get(ReportVault).open(file.id, file.content)
    headers = {"content-disposition": f'attachment; filename="{file.name}.xml"'}
    return Response(content, media_type="application/xml", headers=headers)


@router.get("/{report_id}")
async def read_transaction_report(
    request: Request, report_id: ReportId, caller: Operator
) -> TransactionReportDetailAnswer:
    """With the transfers that it is about."""
    async with runtime_of(request).reading() as connection:
        report = await queries.report_with(connection, report_id)
        if report is None:
            raise UnknownReport("no such report", field="report_id")
        movements = await file_queries.transfers_of(connection, [report_id], MOST_LISTED)
    return report_detail_answer(report, movements[report_id])


@router.post("/{report_id}/exclusion", response_model=TransactionReportAnswer)
async def exclude_report(
    request: Request, report_id: ReportId, body: ReportExclusionRequest, caller: Operator
) -> Response:
    """It need not be reported, and why."""
    return await commands.run(
        request, actions.exclude_report, report_answer, status=200, report_id=report_id, reason=body.reason
    )


@router.post("/{report_id}/corrections", status_code=201, response_model=TransactionReportAnswer)
async def correct_report(
    request: Request, report_id: ReportId, body: ReportCorrectionRequest, caller: Operator
) -> Response:
    """What went out is corrected or deleted by a report that names it."""
    return await commands.run(
        request,
        actions.correct_report,
        report_answer,
        report_id=report_id,
        act=body.act,
        reason=body.reason,
        narrative=body.narrative,
        transfer_ids=body.transfer_ids,
    )


def _before(paging: Paging) -> UUID | None:
    return paging.after[0] if paging.after else None

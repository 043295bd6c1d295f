"""`/v1/operating-reports`, `/v1/loan-book`, `/v1/related-parties`: what the public is shown."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.wire import Currency
from services.p2p.disclosure import actions, book, queries
from services.p2p.disclosure.errors import MonthNotClosed, UnknownReport
from services.p2p.disclosure.forms import report_csv, report_page
from services.p2p.disclosure.model import Month, OperatingReport
from services.p2p.disclosure.schemas import (
    CorrectionRequest,
    MonthText,
    RelatedAnswer,
    RelatedRequest,
    ReportAnswer,
    ReportSummaryAnswer,
    UnrelatedRequest,
    related_answer,
    related_of,
    report_answer,
    summary_answer,
)

PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}}

router = APIRouter(prefix="/v1", tags=["disclosure"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]
Version = Annotated[int | None, Query(ge=1, le=10_000)]


@router.get("/operating-reports")
async def list_reports(request: Request, caller: Reader, paging: Paging) -> Page[ReportSummaryAnswer]:
    """Every report in every version, newest months first."""
    before = None if not paging.after else (paging.after[0], paging.after[1], int(paging.after[2]))
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.month, row.currency, row.version))
    return Page[ReportSummaryAnswer](items=[summary_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/operating-reports/{month}/{currency}")
async def read_report(
    request: Request, caller: Reader, month: MonthText, currency: Currency, version: Version = None
) -> ReportAnswer:
    """A month in its newest version, or in an earlier one."""
    return report_answer(await _found(request, month, currency, version))


@router.get("/operating-reports/{month}/{currency}/csv", response_class=Response)
async def read_report_as_csv(
    request: Request, caller: Reader, month: MonthText, currency: Currency, version: Version = None
) -> Response:
    """The same as a table, UTF-8 with its mark."""
    report = report_answer(await _found(request, month, currency, version))
    return _csv("\ufeff" + report_csv(report), f"operating-report-{month}-{currency}.csv")


@router.get("/operating-reports/{month}/{currency}/page", response_class=Response, responses=PAGE)
async def read_report_as_page(
    request: Request, caller: Reader, month: MonthText, currency: Currency, version: Version = None
) -> HTMLResponse:
    """The same as a page in Chinese and English that needs nothing else."""
    return HTMLResponse(report_page(report_answer(await _found(request, month, currency, version))))


@router.post("/operating-reports/{month}/{currency}/corrections", status_code=202, response_model=ReportAnswer)
async def correct_report(
    request: Request, body: CorrectionRequest, caller: Operator, month: MonthText, currency: Currency
) -> Response:
    """Reckon a published month again: another version follows the one that is answered, with the reason."""
    return await commands.run(
        request,
        actions.request_correction,
        report_answer,
        status=202,
        month=Month.read(month),
        currency=currency,
        reason=body.reason,
    )


@router.get("/loan-book/{month}", response_class=StreamingResponse)
async def read_loan_book(request: Request, caller: Reader, month: MonthText) -> StreamingResponse:
    """Every loan outstanding at the month's end as CSV. Rows carry no id and stand in an order of their own each time; they tell bands,
    and what is rare is left empty, so that nobody's loan is found in it.
    """
    runtime = runtime_of(request)
    day = actions.last_day(Month.read(month))
    async with runtime.reading() as connection:
        if not await queries.closed(connection, day):
            raise MonthNotClosed(f"{day} is not closed yet", field="month")
    headers = {"content-disposition": f'attachment; filename="loan-book-{month}.csv"'}
    pieces = book.written(runtime, day)
    first = await anext(pieces)
    return StreamingResponse(_all_of(first, pieces), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/related-parties", status_code=201, response_model=RelatedAnswer)
async def relate(request: Request, body: RelatedRequest, caller: Operator) -> Response:
    """A borrower is a related party from a day on: reports show what she owes apart."""
    return await commands.run(request, actions.relate, related_answer, party=related_of(body))


@router.post("/related-parties/end", status_code=200, response_model=RelatedAnswer)
async def unrelate(request: Request, body: UnrelatedRequest, caller: Operator) -> Response:
    return await commands.run(
        request, actions.unrelate, related_answer, status=200, party=body.party, until_on=body.until_on
    )


@router.get("/related-parties")
async def list_related(request: Request, caller: Operator) -> Page[RelatedAnswer]:
    """All of them, also those of earlier, on one page."""
    async with runtime_of(request).reading() as connection:
        return Page[RelatedAnswer](items=[related_answer(one) for one in await queries.related(connection)])


async def _found(request: Request, month: str, currency: str, version: int | None) -> OperatingReport:
    async with runtime_of(request).reading() as connection:
        report = await queries.load(connection, month, currency, version)
    if report is None:
        raise UnknownReport("no such report", field="month")
    return report


async def _all_of(first: bytes, pieces: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    """A refusal comes before the answer has begun."""
    async with aclosing(pieces):
        yield first
        async for piece in pieces:
            yield piece


def _csv(content: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content.encode(), media_type="text/csv; charset=utf-8", headers=headers)

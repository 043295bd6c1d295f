"""`/v1/batch-payouts`: a merchant pays many."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.identity import Caller, requires
from chassis.ids import encode
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from services.payments.batch_payouts import actions, queries, rules
from services.payments.batch_payouts.errors import UnknownBatch
from services.payments.batch_payouts.model import Batch, Line, LineState
from services.payments.batch_payouts.schemas import (
    ApprovalRequest,
    BatchAnswer,
    BatchId,
    BatchRequest,
    LineAnswer,
    ReissueRequest,
    batch_answer,
    line_answer,
)
from services.payments.risk.saying import JUDGED

router = APIRouter(prefix="/v1/batch-payouts", tags=["batch payouts"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
LineNumber = Annotated[str, Path(min_length=1, max_length=64)]
COLUMNS = ("number", "payee", "amount", "currency", "state", "refusal_code", "note")
ROWS_AT_ONCE = 1_000


@router.post("", status_code=201, response_model=BatchAnswer)
async def request_batch(request: Request, body: BatchRequest, caller: Writer) -> Response:
    """Up to 10,000 lines, all of them or none: a refusal tells in `problems` every line that is wrong. No money moves yet."""
    return await commands.run(
        request,
        actions.request_batch,
        batch_answer,
        merchant_id=body.merchant_id,
        number=body.number,
        currency=body.currency,
        lines=[line.wish() for line in body.lines],
    )


@router.post("/{batch_id}/approval", response_model=BatchAnswer, dependencies=[JUDGED])
async def approve_batch_payout(request: Request, batch_id: BatchId, body: ApprovalRequest, caller: Writer) -> Response:
    """The merchant's owner, or an operator, confirms what was uploaded: the total is set aside at once, and paying begins."""
    return await commands.run(
        request,
        actions.approve_batch,
        batch_answer,
        status=200,
        batch_id=batch_id,
        lines=body.lines,
        total=body.total,
    )


@router.post("/{batch_id}/cancellation", response_model=BatchAnswer)
async def cancel_batch_payout(request: Request, batch_id: BatchId, caller: Writer) -> Response:
    """Before it is approved."""
    return await commands.run(request, actions.cancel_batch, batch_answer, status=200, batch_id=batch_id)


@router.get("")
async def list_batch_payouts(request: Request, caller: Reader, paging: Paging) -> Page[BatchAnswer]:
    """The caller's, newest first; to an operator, all."""
    before = paging.after[0] if paging.after else None
    owner = None if caller.may("payments:operate") else caller.party
    async with runtime_of(request).reading() as connection:
        rows = await queries.batches_of(connection, owner, before, paging.limit + 1)
    items = [batch_answer(one) for one in rows]
    return Page[BatchAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{batch_id}")
async def read_batch_payout(request: Request, batch_id: BatchId, caller: Reader) -> BatchAnswer:
    """With how many of its lines are in which state."""
    async with runtime_of(request).reading() as connection:
        batch = await _visible(connection, caller, batch_id)
        tallies = await queries.tallies_of(connection, batch.id)
    return batch_answer(batch, tallies)


@router.get("/{batch_id}/lines")
async def list_lines(
    request: Request, batch_id: BatchId, caller: Reader, paging: Paging, state: LineState | None = None
) -> Page[LineAnswer]:
    """In the order of the upload."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        batch = await _visible(connection, caller, batch_id)
        rows = await queries.lines_of(connection, batch.id, state, after, paging.limit + 1)
    shown = page(rows, paging, lambda line: (line.position,))
    return Page[LineAnswer](items=[line_answer(one) for one in shown["items"]], next=shown["next"])


@router.get("/{batch_id}/result.csv", response_class=StreamingResponse)
async def download_result(request: Request, batch_id: BatchId, caller: Reader) -> StreamingResponse:
    """Every line with its result, for a spreadsheet: UTF-8, amounts in minor units."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        batch = await _visible(connection, caller, batch_id)
    name = encode("bpo", batch.id)
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(_rows(runtime, batch), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{batch_id}/lines/{number}/reissue", status_code=201, response_model=LineAnswer, dependencies=[JUDGED])
async def reissue_line(
    request: Request, batch_id: BatchId, number: LineNumber, body: ReissueRequest, caller: Writer
) -> Response:
    """Pay a line that came back anew, to the same payee or another."""
    return await commands.run(
        request,
        actions.reissue_line,
        line_answer,
        batch_id=batch_id,
        number=number,
        customer_id=body.customer_id,
        card_id=body.card_id,
    )


@router.post("/{batch_id}/lines/{number}/cancellation", response_model=LineAnswer)
async def give_up_line(request: Request, batch_id: BatchId, number: LineNumber, caller: Writer) -> Response:
    """Leave a line that came back: its money is with the merchant already."""
    return await commands.run(request, actions.give_up_line, line_answer, status=200, batch_id=batch_id, number=number)


async def _rows(runtime: Runtime, batch: Batch) -> AsyncIterator[str]:
    yield _written([COLUMNS])
    after: int | None = None
    while True:
        async with runtime.reading() as connection:
            lines = await queries.lines_of(connection, batch.id, None, after, ROWS_AT_ONCE)
        if not lines:
            return
        yield _written([_row(batch, line) for line in lines])
        after = lines[-1].position


def _row(batch: Batch, line: Line) -> tuple[str, ...]:
    return (
        rules.cell(line.number),
        line.payee,
        str(line.amount),
        batch.currency,
        str(line.state),
        line.refusal_code or "",
        rules.cell(line.note),
    )


def _written(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


async def _visible(connection: AsyncConnection, caller: Caller, batch_id: UUID) -> Batch:
    batch = await queries.batch_with(connection, batch_id)
    if batch is None or not (batch.owner == caller.party or caller.may("payments:operate")):
        raise UnknownBatch("no such batch payout")
    return batch

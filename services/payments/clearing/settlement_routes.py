"""`/v1/clearing/windows` and `/v1/clearing/settlements`: what is settled together, how far it is, what it came to, and its messages."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.clearing import (
    carrying_over,
    exporting,
    netting,
    obligation_queries,
    participant_queries,
    settlement_actions,
    settlement_queries,
    window_actions,
    window_queries,
)
from services.payments.clearing.errors import UnknownModel, UnknownSettlement, UnknownWindow
from services.payments.clearing.model import ENDED, Settlement, Window, WindowState
from services.payments.clearing.schemas import (
    AbortRequest,
    ChangeAnswer,
    ClearingSettlementAnswer,
    ObligationAnswer,
    SettlementId,
    SettlementReport,
    SettlementRequest,
    WindowAnswer,
    WindowId,
    WindowReport,
    change_answer,
    figures_answer,
    obligation_answer,
    participant_in_settlement,
    settlement_answer,
    window_answer,
)

router = APIRouter(prefix="/v1/clearing", tags=["clearing"])
Operator = Annotated[Caller, requires("payments:operate")]
OfModel = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
XML = "application/xml"


async def _load(connection: AsyncConnection, settlement_id: UUID) -> Settlement:
    found = await settlement_queries.settlement_with(connection, settlement_id)
    assert found is not None
    return found


_RUN = Continuation(job=settlement_actions.RUN_JOB, load=_load, pending=lambda one: one.state not in ENDED)


@router.get("/windows")
async def list_clearing_windows(
    request: Request,
    caller: Operator,
    paging: Paging,
    settlement_model: OfModel = None,
    state: WindowState | None = None,
) -> Page[WindowAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        number = await _model_number(connection, settlement_model)
        rows = await window_queries.list_windows(connection, number, state, before, paging.limit + 1)
    items = [window_answer(one) for one in rows]
    return Page[WindowAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/windows/{window_id}")
async def read_clearing_window(request: Request, window_id: WindowId, caller: Operator) -> WindowAnswer:
    async with runtime_of(request).reading() as connection:
        return window_answer(await _window(connection, window_id))


@router.post("/windows/{window_id}/closure", status_code=200, response_model=WindowAnswer)
async def close_window(request: Request, window_id: WindowId, caller: Operator) -> Response:
    """Before its cut-off; the next one opens at once. An empty one stays open."""
    return await commands.run(request, window_actions.close, window_answer, status=200, window_id=window_id)


@router.get("/windows/{window_id}/obligations")
async def list_obligations(
    request: Request, window_id: WindowId, caller: Operator, paging: Paging
) -> Page[ObligationAnswer]:
    """What is in it now, in the order of recording: without what was carried over, with what was carried over to it."""
    after = paging.after[0] if paging.after else 0
    async with runtime_of(request).reading() as connection:
        window = await _window(connection, window_id)
        rows = await obligation_queries.obligations_of(connection, window.number, after, paging.limit + 1)
    found = page(rows, paging, lambda row: (row[0],))
    return Page[ObligationAnswer](items=[obligation_answer(one) for _, one in found["items"]], next=found["next"])


@router.get("/windows/{window_id}/report")
async def report_window(request: Request, window_id: WindowId, caller: Operator) -> WindowReport:
    """Gross against net, worked out from its obligations now."""
    async with runtime_of(request).reading() as connection:
        window = await _window(connection, window_id)
        flows = await window_queries.flows(connection, [window.number])
    return WindowReport(window=window_answer(window), figures=figures_answer(netting.figures(flows)))


@router.get("/windows/{window_id}/pacs.008", response_class=StreamingResponse)
async def read_customer_payments(
    request: Request, window_id: WindowId, caller: Operator, page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
) -> StreamingResponse:
    """The payments recorded in a closed window as pacs.008.001.08, 10,000 a page; the same bytes whenever they are asked for."""
    async with runtime_of(request).reading() as connection:
        parts = await exporting.page_of_window(connection, await _window(connection, window_id), page)
    return _streamed(parts)


@router.post("/settlements", status_code=201, response_model=ClearingSettlementAnswer)
async def settle_windows(request: Request, body: SettlementRequest, caller: Operator) -> Response:
    """Settle closed windows of one model, each once. 202 while somebody's settlement account is short of it."""
    return await commands.run(
        request, settlement_actions.begin, settlement_answer, continuation=_RUN, window_ids=body.window_ids
    )


@router.get("/settlements")
async def list_clearing_settlements(
    request: Request, caller: Operator, paging: Paging, settlement_model: OfModel = None
) -> Page[ClearingSettlementAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        number = await _model_number(connection, settlement_model)
        rows = await settlement_queries.list_settlements(connection, number, before, paging.limit + 1)
    items = [settlement_answer(one) for one in rows]
    return Page[ClearingSettlementAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/settlements/{settlement_id}")
async def read_clearing_settlement(
    request: Request, settlement_id: SettlementId, caller: Operator
) -> ClearingSettlementAnswer:
    async with runtime_of(request).reading() as connection:
        return settlement_answer(await _settlement(connection, settlement_id))


@router.get("/settlements/{settlement_id}/report")
async def report_settlement(request: Request, settlement_id: SettlementId, caller: Operator) -> SettlementReport:
    """Gross against net, bilateral and multilateral, and each participant's state, position and share."""
    async with runtime_of(request).reading() as connection:
        found = await _settlement(connection, settlement_id)
        members = await settlement_queries.participants_of(connection, settlement_id)
    facts = settlement_answer(found).model_dump()
    return SettlementReport(**facts, participants=[participant_in_settlement(one) for one in members])


@router.get("/settlements/{settlement_id}/changes")
async def list_changes(
    request: Request, settlement_id: SettlementId, caller: Operator, paging: Paging
) -> Page[ChangeAnswer]:
    """Each state that it and its participants came to, oldest first."""
    after = paging.after[0] if paging.after else 0
    async with runtime_of(request).reading() as connection:
        await _settlement(connection, settlement_id)
        rows = await settlement_queries.changes_of(connection, settlement_id, after, paging.limit + 1)
    found = page(rows, paging, lambda row: (row[0],))
    return Page[ChangeAnswer](items=[change_answer(one) for _, one in found["items"]], next=found["next"])


@router.get("/settlements/{settlement_id}/pacs.009", response_class=StreamingResponse)
async def read_settlement_payments(
    request: Request, settlement_id: SettlementId, caller: Operator
) -> StreamingResponse:
    """What its participants pay as pacs.009.001.08, once it is held; the same bytes whenever they are asked for."""
    async with runtime_of(request).reading() as connection:
        parts = await exporting.of_settlement(connection, await _settlement(connection, settlement_id))
    return _streamed(parts)


@router.post("/settlements/{settlement_id}/cancellation", status_code=200, response_model=ClearingSettlementAnswer)
async def abort_settlement(
    request: Request, settlement_id: SettlementId, body: AbortRequest, caller: Operator
) -> Response:
    """Before the money has moved: what is held comes back, the windows are closed as before."""
    return await commands.run(
        request,
        settlement_actions.abort,
        settlement_answer,
        status=200,
        settlement_id=settlement_id,
        reason=body.reason,
    )


@router.post("/settlements/{settlement_id}/carry-over", status_code=200, response_model=ClearingSettlementAnswer)
async def carry_over(request: Request, settlement_id: SettlementId, caller: Operator) -> Response:
    """Where somebody is short: the most that the money there is allows is settled, the rest waits in a closed window of its own."""
    return await commands.run(
        request,
        carrying_over.carry_over,
        settlement_answer,
        status=200,
        continuation=_RUN,
        settlement_id=settlement_id,
    )


async def _window(connection: AsyncConnection, window_id: UUID) -> Window:
    window = await window_queries.window_with(connection, window_id)
    if window is None:
        raise UnknownWindow("no such window", field="window_id")
    return window


async def _settlement(connection: AsyncConnection, settlement_id: UUID) -> Settlement:
    found = await settlement_queries.settlement_with(connection, settlement_id)
    if found is None:
        raise UnknownSettlement("no such settlement", field="settlement_id")
    return found


async def _model_number(connection: AsyncConnection, code: str | None) -> int | None:
    if code is None:
        return None
    model = await participant_queries.model_with(connection, code)
    if model is None:
        raise UnknownModel("no such settlement model", field="settlement_model")
    return model.number


def _streamed(parts: Iterator[str]) -> StreamingResponse:
    return StreamingResponse((part.encode() for part in parts), media_type=XML)

"""`/v1/clearing/obligations` and the queue: what participants owe each other."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.clearing import obligation_actions as actions
from services.payments.clearing import obligation_queries as queries
from services.payments.clearing import participant_queries, queue_actions
from services.payments.clearing.errors import UnknownModel, UnknownObligation
from services.payments.clearing.model import SettlementModel
from services.payments.clearing.obligation_actions import Asked
from services.payments.clearing.participant_routes import OfModel
from services.payments.clearing.schemas import (
    ObligationAnswer,
    ObligationFacts,
    ObligationId,
    ObligationRequest,
    ObligationsRequest,
    OutcomesAnswer,
    QueuePassAnswer,
    obligation_answer,
    outcomes_answer,
    pass_answer,
)

router = APIRouter(prefix="/v1/clearing", tags=["clearing"])
Operator = Annotated[Caller, requires("payments:operate")]
OfQueue = Annotated[str, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


@router.post("/obligations", status_code=201, response_model=ObligationAnswer)
async def record_obligation(request: Request, body: ObligationRequest, caller: Operator) -> Response:
    """One participant owes another, within the payer's cap at this moment; beyond it, it waits if it may, else nothing is written."""
    return await commands.run(
        request,
        actions.record_one,
        obligation_answer,
        model=body.settlement_model,
        asked=_asked([body])[0],
        queue=body.queue,
        wait_seconds=body.wait_seconds,
    )


@router.post("/obligations/bulk", status_code=200, response_model=OutcomesAnswer)
async def record_obligations(request: Request, body: ObligationsRequest, caller: Operator) -> Response:
    """Up to 8,190 in one transaction, each decided by itself and in their order."""
    return await commands.run(
        request,
        actions.record_many,
        outcomes_answer,
        status=200,
        model=body.settlement_model,
        asked=_asked(body.obligations),
        queue=body.queue,
        wait_seconds=body.wait_seconds,
    )


@router.get("/obligations/{obligation_id}")
async def read_obligation(request: Request, obligation_id: ObligationId, caller: Operator) -> ObligationAnswer:
    async with runtime_of(request).reading() as connection:
        found = await queries.obligation_with(connection, obligation_id)
    if found is None:
        raise UnknownObligation("no such obligation", field="obligation_id")
    return obligation_answer(found)


@router.post("/obligations/{obligation_id}/cancellation", status_code=200, response_model=ObligationAnswer)
async def cancel_obligation(request: Request, obligation_id: ObligationId, caller: Operator) -> Response:
    """One that waits; what follows from a payment cannot be cancelled."""
    return await commands.run(request, actions.cancel, obligation_answer, status=200, obligation_id=obligation_id)


@router.get("/queue")
async def list_queue(
    request: Request, caller: Operator, paging: Paging, settlement_model: OfQueue
) -> Page[ObligationAnswer]:
    """What waits in a model's queue, in order."""
    after = paging.after[0] if paging.after else 0
    async with runtime_of(request).reading() as connection:
        model = await _model(connection, settlement_model)
        rows = await queries.queue_of(connection, model.number, after, paging.limit + 1)
    found = page(rows, paging, lambda row: (row[0],))
    return Page[ObligationAnswer](items=[obligation_answer(one) for _, one in found["items"]], next=found["next"])


@router.post("/models/{code}/passes", status_code=200, response_model=QueuePassAnswer)
async def release_queue(request: Request, code: OfModel, caller: Operator) -> Response:
    """Release what of the queue can go together just now; periodic work does the same."""
    return await commands.run(request, queue_actions.save_liquidity, pass_answer, status=200, model=code)


@router.get("/models/{code}/passes")
async def list_queue_passes(request: Request, code: OfModel, caller: Operator, paging: Paging) -> Page[QueuePassAnswer]:
    """Passes that released something, newest first."""
    before: UUID | None = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        model = await _model(connection, code)
        rows = await queries.passes_of(connection, model.number, before, paging.limit + 1)
    items = [pass_answer(one) for one in rows]
    return Page[QueuePassAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


async def _model(connection: AsyncConnection, code: str) -> SettlementModel:
    model = await participant_queries.model_with(connection, code)
    if model is None:
        raise UnknownModel("no such settlement model", field="settlement_model")
    return model


def _asked(obligations: Sequence[ObligationFacts]) -> list[Asked]:
    return [Asked(one.id, one.payer, one.payee, one.amount, one.end_to_end) for one in obligations]

"""`/v1/reconciliation/breaks`: where bank and books differ, until each difference has gone."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Paging, page
from chassis.runtime import Runtime, runtime_of
from services.payments.reconciliation import break_actions, break_queries
from services.payments.reconciliation.errors import UnknownBreak
from services.payments.reconciliation.model import Break, BreakState, BreakType, Side
from services.payments.reconciliation.rules import age_band
from services.payments.reconciliation.schemas import (
    AccountId,
    AgedBreakAnswer,
    AgedBreaksAnswer,
    BreakExplanationRequest,
    BreakId,
    BreakOwnerRequest,
    BreakResolutionRequest,
    ReconciliationBreakAnswer,
    break_answer,
)

router = APIRouter(prefix="/v1/reconciliation/breaks", tags=["reconciliation"])
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("")
async def list_breaks(
    request: Request,
    caller: Operator,
    paging: Paging,
    account_id: AccountId | None = None,
    type: BreakType | None = None,
    side: Side | None = None,
    state: BreakState | None = None,
    owner: Annotated[str | None, Query(max_length=50)] = None,
) -> AgedBreaksAnswer:
    """Newest first, with the age of each."""
    runtime = runtime_of(request)
    chosen = {"account_id": account_id, "type": type, "side": side, "state": state, "owner": owner}
    before = paging.after[0] if paging.after else None
    async with runtime.reading() as connection:
        rows = await break_queries.list_breaks(connection, chosen, before, paging.limit + 1)
    items = [await _aged(runtime, one) for one in rows]
    return AgedBreaksAnswer.model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{break_id}")
async def read_break(request: Request, break_id: BreakId, caller: Operator) -> AgedBreakAnswer:
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        one = await break_queries.break_with(connection, break_id)
    if one is None:
        raise UnknownBreak("no such break")
    return await _aged(runtime, one)


@router.post("/{break_id}/owner", response_model=ReconciliationBreakAnswer)
async def take_on_break(request: Request, break_id: BreakId, body: BreakOwnerRequest, caller: Operator) -> Response:
    """Who works on it."""
    return await commands.run(
        request, break_actions.take_on, break_answer, status=200, break_id=break_id, owner=body.owner
    )


@router.post("/{break_id}/resolution", response_model=ReconciliationBreakAnswer)
async def resolve_break(
    request: Request, break_id: BreakId, body: BreakResolutionRequest, caller: Operator
) -> Response:
    """The difference moves between the reserve and another account, by a transfer that names the break."""
    return await commands.run(
        request,
        break_actions.resolve_break,
        break_answer,
        status=200,
        break_id=break_id,
        counter_account_id=body.counter_account_id,
        reason=body.reason,
    )


@router.post("/{break_id}/resolution/reversal", response_model=ReconciliationBreakAnswer)
async def undo_resolution(request: Request, break_id: BreakId, caller: Operator) -> Response:
    """The transfer is reversed, and the break is open again."""
    return await commands.run(request, break_actions.undo_resolution, break_answer, status=200, break_id=break_id)


@router.post("/{break_id}/explanation", response_model=ReconciliationBreakAnswer)
async def explain_break(
    request: Request, break_id: BreakId, body: BreakExplanationRequest, caller: Operator
) -> Response:
    """It is of paper alone: days that differ, or a statement that contradicts its own balances."""
    return await commands.run(
        request, break_actions.explain_break, break_answer, status=200, break_id=break_id, reason=body.reason
    )


async def _aged(runtime: Runtime, one: Break) -> AgedBreakAnswer:
    zone = runtime.settings.zone
    until = business_day(one.ended_at, zone) if one.ended_at else business_day(await runtime.database.now(), zone)
    aged = {"age_days": (until - one.raised_on).days, "age_band": age_band(one.raised_on, until)}
    return AgedBreakAnswer(**break_answer(one).model_dump() | aged)

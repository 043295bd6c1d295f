"""`/v1/standing-orders`: lending by itself."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.standing_orders import actions, queries
from services.p2p.standing_orders.errors import UnknownStandingOrder
from services.p2p.standing_orders.model import OrderState, StandingOrder
from services.p2p.standing_orders.schemas import (
    StandingOrderAnswer,
    StandingOrderRequest,
    StateName,
    order_answer,
    terms_of,
)
from services.p2p.wire_ids import StandingOrderId

router = APIRouter(prefix="/v1/standing-orders", tags=["standing orders"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
OPERATE = "p2p:operate"

PENDING: dict[int | str, dict[str, Any]] = {202: {"model": StandingOrderAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, order_id: UUID) -> StandingOrder:
    order = await queries.load(connection, order_id)
    assert order is not None
    return order


_ACTIVATE = Continuation(job=actions.ACTIVATE_JOB, load=_load, pending=lambda order: order.state is OrderState.OPENING)


@router.post("", status_code=201, response_model=StandingOrderAnswer, responses=PENDING)
async def make_order(request: Request, body: StandingOrderRequest, caller: Writer) -> Response:
    """Lend by itself within these bounds. 202 while the wallet is being looked up in payments."""
    return await commands.run(request, actions.request, order_answer, continuation=_ACTIVATE, terms=terms_of(body))


@router.post("/{standing_order_id}/pause", status_code=200, response_model=StandingOrderAnswer)
async def pause_order(request: Request, caller: Writer, standing_order_id: StandingOrderId) -> Response:
    return await commands.run(request, actions.pause, order_answer, status=200, order_id=standing_order_id)


@router.post("/{standing_order_id}/resumption", status_code=200, response_model=StandingOrderAnswer)
async def resume_order(request: Request, caller: Writer, standing_order_id: StandingOrderId) -> Response:
    """A paused order is active again, at the tail of the queue."""
    return await commands.run(request, actions.resume, order_answer, status=200, order_id=standing_order_id)


@router.post("/{standing_order_id}/end", status_code=200, response_model=StandingOrderAnswer)
async def end_order(request: Request, caller: Writer, standing_order_id: StandingOrderId) -> Response:
    """For good; its bids stand as they are."""
    return await commands.run(request, actions.end, order_answer, status=200, order_id=standing_order_id)


@router.get("")
async def list_orders(
    request: Request, caller: Reader, paging: Paging, state: StateName | None = None
) -> Page[StandingOrderAnswer]:
    """The lender's own, newest first; an operator sees everybody's."""
    lender = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, lender=lender, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[StandingOrderAnswer](items=[order_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/{standing_order_id}")
async def read_order(request: Request, caller: Reader, standing_order_id: StandingOrderId) -> StandingOrderAnswer:
    async with runtime_of(request).reading() as connection:
        order = await queries.load(connection, standing_order_id)
    return order_answer(own_or_refused(order, caller))


def own_or_refused(order: StandingOrder | None, caller: Caller) -> StandingOrder:
    """Raises UnknownStandingOrder for another's."""
    if order is None or not (order.lender == caller.party or caller.may(OPERATE)):
        raise UnknownStandingOrder("no such standing order", field="standing_order_id")
    return order

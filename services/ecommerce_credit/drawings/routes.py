"""`/v1/drawings`: taking money from a line."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.ecommerce_credit.drawings import actions, queries
from services.ecommerce_credit.drawings.model import Drawing, DrawingState
from services.ecommerce_credit.drawings.schemas import (
    DayOfInterestAnswer,
    DrawingAnswer,
    DrawingRequest,
    StateName,
    days_answer,
    drawing_answer,
)
from services.ecommerce_credit.errors import UnknownDrawing
from services.ecommerce_credit.interest import queries as interest_queries
from services.ecommerce_credit.wire_ids import DrawingId, LineId

router = APIRouter(prefix="/v1/drawings", tags=["drawings"])
Reader = Annotated[Caller, requires("ecommerce_credit:read")]
Writer = Annotated[Caller, requires("ecommerce_credit:write")]
OPERATE = "ecommerce_credit:operate"
FIRST_DAY = date(1, 1, 1)

PENDING: dict[int | str, dict[str, Any]] = {202: {"model": DrawingAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, drawing_id: UUID) -> Drawing:
    drawing = await queries.load(connection, drawing_id)
    assert drawing is not None
    return drawing


_DISBURSE = Continuation(
    job=actions.DISBURSE_JOB, load=_load, pending=lambda drawing: drawing.state is DrawingState.PENDING
)


@router.post("", status_code=201, response_model=DrawingAnswer, responses=PENDING)
async def draw(request: Request, body: DrawingRequest, caller: Writer) -> Response:
    """Draw on your line: paid from the lender's capital into your wallet. 202 while that is unknown; refused with its reason."""
    return await commands.run(
        request,
        actions.draw,
        await _shape(request),
        continuation=_DISBURSE,
        line_id=body.line_id,
        amount_minor=body.amount,
        currency=body.currency,
    )


@router.get("")
async def list_drawings(
    request: Request,
    caller: Reader,
    paging: Paging,
    line_id: LineId | None = None,
    state: StateName | None = None,
) -> Page[DrawingAnswer]:
    """The customer's own, newest first; an operator sees every drawing. What is owed is as of today."""
    borrower = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    shape = await _shape(request)
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection, borrower=borrower, line_id=line_id, state=state, before=before, limit=paging.limit
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[DrawingAnswer](items=[shape(row) for row in shown["items"]], next=shown["next"])


@router.get("/{drawing_id}")
async def read_drawing(request: Request, caller: Reader, drawing_id: DrawingId) -> DrawingAnswer:
    """What is owed on it is as of today."""
    return (await _shape(request))(await _visible(request, caller, drawing_id))


@router.get("/{drawing_id}/interest")
async def read_interest(
    request: Request, caller: Reader, paging: Paging, drawing_id: DrawingId
) -> Page[DayOfInterestAnswer]:
    """Every closed day of interest, oldest first."""
    await _visible(request, caller, drawing_id)
    after = paging.after[0] if paging.after else FIRST_DAY
    async with runtime_of(request).reading() as connection:
        rows = await interest_queries.days(connection, drawing_id, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.accrued_on,))
    return Page[DayOfInterestAnswer](items=days_answer(shown["items"]), next=shown["next"])


async def _shape(request: Request) -> Callable[[Drawing], DrawingAnswer]:
    """Shows drawings as of the business day on which the request came."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    return lambda drawing: drawing_answer(drawing, today)


async def _visible(request: Request, caller: Caller, drawing_id: UUID) -> Drawing:
    async with runtime_of(request).reading() as connection:
        drawing = await queries.load(connection, drawing_id)
    if drawing is None or not (drawing.borrower == caller.party or caller.may(OPERATE)):
        raise UnknownDrawing("no such drawing", field="drawing_id")
    return drawing

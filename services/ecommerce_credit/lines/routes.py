"""`/v1/lines`: an accepted limit, to be drawn on."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.ecommerce_credit.errors import UnknownLine
from services.ecommerce_credit.lines import actions, queries
from services.ecommerce_credit.lines.model import Line
from services.ecommerce_credit.lines.rules import OPERATE, roles_of
from services.ecommerce_credit.lines.schemas import (
    LineAnswer,
    LineRequest,
    LineStepsAnswer,
    StateName,
    line_answer,
    line_steps_answer,
)
from services.ecommerce_credit.wire_ids import LineId

router = APIRouter(prefix="/v1/lines", tags=["lines"])
Reader = Annotated[Caller, requires("ecommerce_credit:read")]
Writer = Annotated[Caller, requires("ecommerce_credit:write")]


@router.post("", status_code=201, response_model=LineAnswer)
async def open_line(request: Request, body: LineRequest, caller: Writer) -> Response:
    """Accept an approved limit: the shop's line opens with it."""
    return await commands.run(request, actions.open_line, line_answer, limit_id=body.limit_id)


@router.get("")
async def list_lines(
    request: Request, caller: Reader, paging: Paging, state: StateName | None = None
) -> Page[LineAnswer]:
    """The customer's own, newest first; an operator sees every line."""
    owner = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, owner=owner, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[LineAnswer](items=[line_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/{line_id}")
async def read_line(request: Request, caller: Reader, line_id: LineId) -> LineAnswer:
    return line_answer(await _visible(request, caller, line_id))


@router.get("/{line_id}/steps")
async def read_line_steps(request: Request, caller: Reader, line_id: LineId) -> LineStepsAnswer:
    """Every step of a line and who took it."""
    await _visible(request, caller, line_id)
    async with runtime_of(request).reading() as connection:
        return line_steps_answer(await queries.steps(connection, line_id))


@router.post("/{line_id}/renewal", status_code=200, response_model=LineAnswer)
async def renew_line(request: Request, body: LineRequest, caller: Writer, line_id: LineId) -> Response:
    """Accept another limit for the line: amount, rate and deadline are its from now on; drawings made keep their rate."""
    return await commands.run(request, actions.renew, line_answer, status=200, line_id=line_id, limit_id=body.limit_id)


@router.post("/{line_id}/closing", status_code=200, response_model=LineAnswer)
async def close_line(request: Request, caller: Writer, line_id: LineId) -> Response:
    """Close a line that owes nothing."""
    return await commands.run(request, actions.close, line_answer, status=200, line_id=line_id)


async def _visible(request: Request, caller: Caller, line_id: LineId) -> Line:
    async with runtime_of(request).reading() as connection:
        line = await queries.load(connection, line_id)
    if line is None or not roles_of(caller, line):
        raise UnknownLine("no such line", field="line_id")
    return line

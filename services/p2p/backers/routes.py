"""`/v1/backers`: guarantors and originators, by operators."""

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
from services.p2p.backers import actions, queries
from services.p2p.backers.errors import UnknownBacker
from services.p2p.backers.model import Backer, BackerKind, BackerState
from services.p2p.backers.schemas import (
    BackerAnswer,
    BackerChange,
    BackerRequest,
    BackerWithExposure,
    backer_answer,
    exposed_answer,
    terms_of,
)
from services.p2p.wire_ids import BackerId, backer_text

router = APIRouter(prefix="/v1/backers", tags=["losses"])
Operator = Annotated[Caller, requires("p2p:operate")]
PENDING: dict[int | str, dict[str, Any]] = {202: {"model": BackerAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, backer_id: UUID) -> Backer:
    backer = await queries.load(connection, backer_id)
    assert backer is not None
    return backer


_OPEN = Continuation(job=actions.OPEN_JOB, load=_load, pending=lambda backer: backer.state is BackerState.OPENING)


@router.post("", status_code=201, response_model=BackerAnswer, responses=PENDING)
async def register_backer(request: Request, body: BackerRequest, caller: Operator) -> Response:
    """Register a guarantor or an originator; its deposit is opened in payments. 202 while that is under way."""
    return await commands.run(
        request,
        actions.register,
        backer_answer,
        continuation=_OPEN,
        kind=BackerKind(body.kind),
        currency=body.currency,
        terms=terms_of(body),
    )


@router.post("/{backer_id}/terms", status_code=200, response_model=BackerAnswer)
async def change_backer(request: Request, body: BackerChange, caller: Operator, backer_id: BackerId) -> Response:
    """Other terms from now on, such as a licence that was renewed; what it backs already stays backed."""
    return await commands.run(
        request, actions.change, backer_answer, status=200, backer_id=backer_id, terms=terms_of(body)
    )


@router.post("/{backer_id}/ending", status_code=200, response_model=BackerAnswer)
async def end_backer(request: Request, caller: Operator, backer_id: BackerId) -> Response:
    """It backs nothing new; what it promised it pays."""
    return await commands.run(request, actions.end, backer_answer, status=200, backer_id=backer_id)


@router.post("/{backer_id}/resumption", status_code=200, response_model=BackerAnswer)
async def resume_backer(request: Request, caller: Operator, backer_id: BackerId) -> Response:
    return await commands.run(request, actions.resume, backer_answer, status=200, backer_id=backer_id)


@router.get("")
async def list_backers(request: Request, caller: Operator, paging: Paging) -> Page[BackerAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[BackerAnswer](items=[backer_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/{backer_id}")
async def read_backer(request: Request, caller: Operator, backer_id: BackerId) -> BackerWithExposure:
    """With what it backs, what it paid, and its claims against borrowers."""
    async with runtime_of(request).reading() as connection:
        backer = await queries.load(connection, backer_id)
        if backer is None:
            raise UnknownBacker("no such backer", field="backer_id")
        found = await queries.exposures(connection, [(backer_id, backer_text(backer_id))])
    return exposed_answer(backer, found[backer_id])

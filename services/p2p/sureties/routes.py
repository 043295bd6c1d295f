"""`/v1/sureties`: guarantors and originators, by operators."""

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
from services.p2p.sureties import actions, queries
from services.p2p.sureties.errors import UnknownSurety
from services.p2p.sureties.model import Surety, SuretyKind, SuretyState
from services.p2p.sureties.schemas import (
    SuretyAnswer,
    SuretyChange,
    SuretyRequest,
    SuretyWithExposure,
    exposed_answer,
    surety_answer,
    terms_of,
)
from services.p2p.wire_ids import SuretyId, surety_text

router = APIRouter(prefix="/v1/sureties", tags=["losses"])
Operator = Annotated[Caller, requires("p2p:operate")]
PENDING: dict[int | str, dict[str, Any]] = {202: {"model": SuretyAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, surety_id: UUID) -> Surety:
    surety = await queries.load(connection, surety_id)
    assert surety is not None
    return surety


_OPEN = Continuation(job=actions.OPEN_JOB, load=_load, pending=lambda surety: surety.state is SuretyState.OPENING)


@router.post("", status_code=201, response_model=SuretyAnswer, responses=PENDING)
async def register_surety(request: Request, body: SuretyRequest, caller: Operator) -> Response:
    """Register a guarantor or an originator; its deposit is opened in payments. 202 while that is under way."""
    return await commands.run(
        request,
        actions.register,
        surety_answer,
        continuation=_OPEN,
        kind=SuretyKind(body.kind),
        currency=body.currency,
        terms=terms_of(body),
        originator_id=body.originator_id,
    )


@router.post("/{surety_id}/terms", status_code=200, response_model=SuretyAnswer)
async def change_surety(request: Request, body: SuretyChange, caller: Operator, surety_id: SuretyId) -> Response:
    """Other terms from now on, such as a licence that was renewed; what it backs already stays backed."""
    return await commands.run(
        request, actions.change, surety_answer, status=200, surety_id=surety_id, terms=terms_of(body)
    )


@router.post("/{surety_id}/ending", status_code=200, response_model=SuretyAnswer)
async def end_surety(request: Request, caller: Operator, surety_id: SuretyId) -> Response:
    """It backs nothing new; what it promised it pays."""
    return await commands.run(request, actions.end, surety_answer, status=200, surety_id=surety_id)


@router.post("/{surety_id}/resumption", status_code=200, response_model=SuretyAnswer)
async def resume_surety(request: Request, caller: Operator, surety_id: SuretyId) -> Response:
    return await commands.run(request, actions.resume, surety_answer, status=200, surety_id=surety_id)


@router.get("")
async def list_sureties(request: Request, caller: Operator, paging: Paging) -> Page[SuretyAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[SuretyAnswer](items=[surety_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/{surety_id}")
async def read_surety(request: Request, caller: Operator, surety_id: SuretyId) -> SuretyWithExposure:
    """With what it backs, what it paid, and its claims against borrowers."""
    async with runtime_of(request).reading() as connection:
        surety = await queries.load(connection, surety_id)
        if surety is None:
            raise UnknownSurety("no such surety", field="surety_id")
        found = await queries.exposures(connection, [(surety_id, surety_text(surety_id))])
    return exposed_answer(surety, found[surety_id])

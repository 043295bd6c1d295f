"""`/v1/projects/{id}/pledges`, `/v1/pledges`: backing."""

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
from services.p2p.pledges import actions, queries
from services.p2p.pledges.events import StateName
from services.p2p.pledges.model import Pledge, PledgeState, Source
from services.p2p.pledges.schemas import (
    GiftReceiptAnswer,
    PledgeAnswer,
    PledgeChangeRequest,
    PledgeRequest,
    pledge_answer,
    receipt_answer,
)
from services.p2p.projects.errors import UnknownPledge
from services.p2p.wire_ids import PledgeId, ProjectId

router = APIRouter(prefix="/v1", tags=["crowdfunding"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
OPERATE = "p2p:operate"
PENDING: dict[int | str, dict[str, Any]] = {202: {"model": PledgeAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, pledge_id: UUID) -> Pledge:
    pledge = await queries.load(connection, pledge_id)
    assert pledge is not None
    return pledge


_ASK = Continuation(job=actions.ASK_JOB, load=_load, pending=lambda pledge: pledge.state is PledgeState.PENDING)
_SIGN = Continuation(job=actions.SIGNATURE_JOB, load=_load, pending=lambda pledge: pledge.state is PledgeState.UNSIGNED)


@router.post("/projects/{project_id}/pledges", status_code=201, response_model=PledgeAnswer, responses=PENDING)
async def make_pledge(request: Request, body: PledgeRequest, caller: Writer, project_id: ProjectId) -> Response:
    """Promise to pay if the project's time ends well: nothing is taken or held before.

    `unsigned` with a mandate to be signed in payments where she pays from a card; 202 while payments is asked for it.
    """
    return await commands.run(
        request,
        actions.pledge,
        pledge_answer,
        continuation=_ASK,
        project_id=project_id,
        tier_id=body.tier_id,
        amount_minor=body.amount,
        currency=body.currency,
        source=Source(body.pays_from),
    )


@router.post("/pledges/{pledge_id}/signature", status_code=200, response_model=PledgeAnswer, responses=PENDING)
async def tell_signed(request: Request, caller: Writer, pledge_id: PledgeId) -> Response:
    """The backer has signed: payments is asked, and the pledge stands. 202 while it does not say so."""
    return await commands.run(
        request, actions.ask_signed, pledge_answer, status=200, continuation=_SIGN, pledge_id=pledge_id
    )


@router.post("/pledges/{pledge_id}/change", status_code=200, response_model=PledgeAnswer)
async def change_pledge(request: Request, body: PledgeChangeRequest, caller: Writer, pledge_id: PledgeId) -> Response:
    """Another reward or amount, while the project is live."""
    return await commands.run(
        request,
        actions.change,
        pledge_answer,
        status=200,
        pledge_id=pledge_id,
        tier_id=body.tier_id,
        amount_minor=body.amount,
        currency=body.currency,
    )


@router.post("/pledges/{pledge_id}/withdrawal", status_code=200, response_model=PledgeAnswer)
async def withdraw_pledge(request: Request, caller: Writer, pledge_id: PledgeId) -> Response:
    """While the project is live."""
    return await commands.run(request, actions.withdraw, pledge_answer, status=200, pledge_id=pledge_id)


@router.get("/pledges")
async def list_pledges(
    request: Request,
    caller: Reader,
    paging: Paging,
    state: StateName | None = None,
    project_id: ProjectId | None = None,
) -> Page[PledgeAnswer]:
    """The backer's own, newest first; an operator sees everybody's."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection,
            backer=None if caller.may(OPERATE) else caller.party,
            project_id=project_id,
            state=state,
            before=before,
            limit=paging.limit,
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[PledgeAnswer](items=[pledge_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/pledges/{pledge_id}")
async def read_pledge(request: Request, caller: Reader, pledge_id: PledgeId) -> PledgeAnswer:
    async with runtime_of(request).reading() as connection:
        return pledge_answer(await _visible(connection, caller, pledge_id))


@router.get("/pledges/{pledge_id}/receipt")
async def read_receipt(request: Request, caller: Reader, pledge_id: PledgeId) -> GiftReceiptAnswer:
    """Of a gift to the public benefit, once it was collected."""
    async with runtime_of(request).reading() as connection:
        pledge = await _visible(connection, caller, pledge_id)
        found = await queries.receipt(connection, pledge_id)
    if found is None:
        raise UnknownPledge("no receipt of it", field="pledge_id")
    return receipt_answer(found, pledge)


async def _visible(connection: AsyncConnection, caller: Caller, pledge_id: UUID) -> Pledge:
    pledge = await queries.load(connection, pledge_id)
    if pledge is None or not (pledge.backer == caller.party or caller.may(OPERATE)):
        raise UnknownPledge("no such pledge", field="pledge_id")
    return pledge

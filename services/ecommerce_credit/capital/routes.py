"""`/v1/funding-parties`, `/v1/capital-…`: where the lender's money comes from, and goes back to."""

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
from services.ecommerce_credit.capital import actions, queries
from services.ecommerce_credit.capital.model import Movement, MovementState
from services.ecommerce_credit.capital.schemas import (
    CapitalMovementAnswer,
    CapitalRequest,
    FundingPartyAnswer,
    FundingPartyRequest,
    PositionsAnswer,
    StateName,
    capital_movement_answer,
    party_answer,
    positions_answer,
)
from services.ecommerce_credit.errors import UnknownCapitalMovement
from services.ecommerce_credit.wire_ids import CapitalMovementId, FundingPartyId

router = APIRouter(prefix="/v1", tags=["capital"])
Reader = Annotated[Caller, requires("ecommerce_credit:read")]
Writer = Annotated[Caller, requires("ecommerce_credit:write")]
Operator = Annotated[Caller, requires("ecommerce_credit:operate")]
OPERATE = "ecommerce_credit:operate"

PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": CapitalMovementAnswer, "description": "Under way; ask again"}
}


async def _load(connection: AsyncConnection, movement_id: UUID) -> Movement:
    movement = await queries.load(connection, movement_id)
    assert movement is not None
    return movement


_MOVE = Continuation(job=actions.MOVE_JOB, load=_load, pending=lambda movement: movement.state is MovementState.PENDING)


@router.post("/funding-parties", status_code=201, response_model=FundingPartyAnswer)
async def register_funding_party(request: Request, body: FundingPartyRequest, caller: Operator) -> Response:
    """Let a customer fund the lender."""
    return await commands.run(request, actions.register, party_answer, customer=body.customer)


@router.get("/funding-parties")
async def list_funding_parties(request: Request, caller: Operator, paging: Paging) -> Page[FundingPartyAnswer]:
    """Funding parties, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find_parties(connection, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[FundingPartyAnswer](items=[party_answer(row) for row in shown["items"]], next=shown["next"])


@router.post("/funding-parties/{party_id}/ending", status_code=200, response_model=FundingPartyAnswer)
async def end_funding_party(request: Request, caller: Operator, party_id: FundingPartyId) -> Response:
    """From now on she may take out, and put nothing in."""
    return await commands.run(request, actions.end, party_answer, status=200, party_id=party_id)


@router.post("/capital-contributions", status_code=201, response_model=CapitalMovementAnswer, responses=PENDING)
async def contribute(request: Request, body: CapitalRequest, caller: Writer) -> Response:
    """A registered funding party puts money from her wallet into the lender. 202 while that is unknown."""
    return await commands.run(
        request,
        actions.contribute,
        capital_movement_answer,
        continuation=_MOVE,
        amount_minor=body.amount,
        currency=body.currency,
    )


@router.post("/capital-withdrawals", status_code=201, response_model=CapitalMovementAnswer, responses=PENDING)
async def withdraw(request: Request, body: CapitalRequest, caller: Writer) -> Response:
    """She takes money out into her wallet: at most what is hers, and what is not lent. 202 while that is unknown."""
    return await commands.run(
        request,
        actions.withdraw,
        capital_movement_answer,
        continuation=_MOVE,
        amount_minor=body.amount,
        currency=body.currency,
    )


@router.get("/capital-positions")
async def list_positions(request: Request, caller: Reader) -> PositionsAnswer:
    """What the caller has in the lender, by currency; an operator sees every funding party's."""
    customer = None if caller.may(OPERATE) else caller.party
    async with runtime_of(request).reading() as connection:
        return positions_answer(await queries.positions(connection, customer))


@router.get("/capital-movements")
async def list_movements(
    request: Request, caller: Reader, paging: Paging, state: StateName | None = None
) -> Page[CapitalMovementAnswer]:
    """The caller's own, newest first; an operator sees every one."""
    customer = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, customer=customer, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[CapitalMovementAnswer](
        items=[capital_movement_answer(row) for row in shown["items"]], next=shown["next"]
    )


@router.get("/capital-movements/{movement_id}")
async def read_movement(request: Request, caller: Reader, movement_id: CapitalMovementId) -> CapitalMovementAnswer:
    async with runtime_of(request).reading() as connection:
        movement = await queries.load(connection, movement_id)
    if movement is None or not (movement.customer == caller.party or caller.may(OPERATE)):
        raise UnknownCapitalMovement("no such movement of capital", field="movement_id")
    return capital_movement_answer(movement)

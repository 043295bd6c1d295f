"""`/v1/purposes` and `/v1/purses`: money bound to a purpose."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.purposes import actions, queries
from services.payments.purposes.errors import UnknownPurpose
from services.payments.purposes.schemas import (
    PurposeAnswer,
    PurposeId,
    PurposeRequest,
    PurseAnswer,
    PurseRequest,
    allowed_of,
    purpose_answer,
    purse_answer,
)

router = APIRouter(prefix="/v1", tags=["ledger"])
Mover = Annotated[Caller, requires("payments:transfer")]
Reader = Annotated[Caller, requires("payments:read")]


@router.post("/purposes", status_code=201, response_model=PurposeAnswer)
async def make_purpose(request: Request, body: PurposeRequest, caller: Mover) -> Response:
    """Say what money may be spent on, until when, and where the rest goes back. A purpose is never changed: make another."""
    return await commands.run(
        request,
        actions.make_purpose,
        purpose_answer,
        name=body.name,
        allowed=allowed_of(body),
        return_account_id=body.return_account_id,
        expires_at=body.expires_at,
    )


@router.get("/purposes")
async def list_purposes(request: Request, caller: Reader, paging: Paging) -> Page[PurposeAnswer]:
    """The caller's purposes, an operator's are all; newest first."""
    owner = None if caller.may("payments:operate") else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.purposes_of(connection, owner, before, paging.limit + 1)
    items = [purpose_answer(one) for one in rows]
    return Page[PurposeAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/purposes/{purpose_id}")
async def read_purpose(request: Request, purpose_id: PurposeId, caller: Reader) -> PurposeAnswer:
    """To its owner, to those who have a purse under it, and to operators."""
    async with runtime_of(request).reading() as connection:
        purpose = await queries.purpose_with(connection, purpose_id)
        known = purpose is not None and (
            purpose.owner == caller.party
            or caller.may("payments:operate")
            or await queries.has_purse(connection, caller.party, purpose_id)
        )
    if purpose is None or not known:
        raise UnknownPurpose("no such purpose", field="purpose_id")
    return purpose_answer(purpose)


@router.post("/purses", status_code=201, response_model=PurseAnswer)
async def open_purse(request: Request, body: PurseRequest, caller: Mover) -> Response:
    """Open an account under a purpose: whatever is paid into it is bound to the purpose."""
    return await commands.run(request, actions.open_purse, purse_answer, **body.model_dump())


@router.get("/purses")
async def list_purses(
    request: Request, caller: Reader, paging: Paging, purpose_id: Annotated[PurposeId | None, Query()] = None
) -> Page[PurseAnswer]:
    """The caller's purses and those under its purposes, an operator's are all; newest first."""
    party = None if caller.may("payments:operate") else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find_purses(connection, party, purpose_id, before, paging.limit + 1)
    items = [purse_answer(one) for one in rows]
    return Page[PurseAnswer].model_validate(page(items, paging, lambda row: (row.id,)))

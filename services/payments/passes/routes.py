"""`/v1/passes`: money between books."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.passes import actions, queries
from services.payments.passes.errors import UnknownPass
from services.payments.passes.model import OPEN, Pass
from services.payments.passes.schemas import PassAnswer, PassId, PassRequest, pass_answer

router = APIRouter(prefix="/v1/passes", tags=["ledger"])
Mover = Annotated[Caller, requires("payments:transfer")]
Reader = Annotated[Caller, requires("payments:read")]


async def _load(connection: AsyncConnection, pass_id: UUID) -> Pass:
    one = await queries.pass_with(connection, pass_id)
    assert one is not None
    return one


_CARRY = Continuation(job=actions.CARRY_JOB, load=_load, pending=lambda one: one.state in OPEN)


@router.post("", status_code=201, response_model=PassAnswer)
async def make_pass(request: Request, body: PassRequest, caller: Mover) -> Response:
    """Hold the money in its book, deliver it in the other, post the hold. 202 while it is on its way."""
    return await commands.run(request, actions.request_pass, pass_answer, continuation=_CARRY, **body.model_dump())


@router.get("")
async def list_passes(request: Request, caller: Reader, paging: Paging) -> Page[PassAnswer]:
    """The caller's passes, an operator's are all; newest first."""
    owner = None if caller.may("payments:operate") else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.passes_of(connection, owner, before, paging.limit + 1)
    items = [pass_answer(one) for one in rows]
    return Page[PassAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{pass_id}")
async def read_pass(request: Request, pass_id: PassId, caller: Reader) -> PassAnswer:
    async with runtime_of(request).reading() as connection:
        one = await queries.pass_with(connection, pass_id)
    if one is None or not (one.owner == caller.party or caller.may("payments:operate")):
        raise UnknownPass("no such pass", field="pass_id")
    return pass_answer(one)

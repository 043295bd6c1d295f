"""`/v1/holders`: a customer proves who she is, and sees what that lets her pay."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.clock import business_day
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.holders import actions, queries
from services.payments.holders.errors import UnknownCheck
from services.payments.holders.identity_service import Identities
from services.payments.holders.model import Check, CheckState
from services.payments.holders.schemas import (
    CheckAnswer,
    CheckId,
    DeclareIdentityRequest,
    IdentityAnswer,
    RequestCheckRequest,
    StandingAnswer,
    check_answer,
    identity_answer,
)
from services.payments.holders.standings import standing_of
from services.payments.holders.vault import IdentityVault
from services.payments.settings import verification_required

router = APIRouter(prefix="/v1/holders", tags=["holders"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


async def _load(connection: AsyncConnection, check_id: UUID) -> Check:
    check = await queries.check_with(connection, check_id)
    assert check is not None
    return check


_ASK = Continuation(job=actions.ASK_JOB, load=_load, pending=lambda check: check.state is CheckState.PENDING)


@router.post("/identity", status_code=201, response_model=IdentityAnswer)
async def declare_identity(request: Request, body: DeclareIdentityRequest, caller: Writer) -> Response:
    """Say who the customer is. It can be changed until a source has confirmed it."""
    vault = runtime_of(request).get(IdentityVault)
    # A name and a number can be guessed from their hash, unless the hash has a key.
    return await commands.run(
        request,
        actions.declare_identity,
        identity_answer,
        secret=vault.keys.request_secret,
        vault=vault,
        facts=body.facts(),
    )


@router.post("/checks", status_code=201, response_model=CheckAnswer)
async def request_check(request: Request, body: RequestCheckRequest, caller: Writer) -> Response:
    """Have an independent source asked whether that is so: 202 while it has not answered."""
    runtime_of(request).get(Identities).required()
    return await commands.run(request, actions.request_check, check_answer, continuation=_ASK, channel=body.channel)


@router.get("/checks")
async def list_checks(request: Request, caller: Reader, paging: Paging) -> Page[CheckAnswer]:
    """What was asked about the customer, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.checks_of(connection, customer_of(caller), before, paging.limit + 1)
    return Page[CheckAnswer].model_validate(page([check_answer(row) for row in rows], paging, lambda row: (row.id,)))


@router.get("/checks/{check_id}")
async def read_check(request: Request, check_id: CheckId, caller: Reader) -> CheckAnswer:
    async with runtime_of(request).reading() as connection:
        check = await queries.check_with(connection, check_id)
    if check is None or not (check.customer_id == caller.customer or caller.may("payments:operate")):
        raise UnknownCheck("no such check", field="check_id")
    return check_answer(check)


@router.get("/me")
async def read_standing(request: Request, caller: Reader) -> StandingAnswer:
    """The customer's class, what she may pay and has used, and what leads to the next class."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        return await standing_of(
            connection, customer_of(caller), today, required=verification_required(runtime.settings)
        )

"""`/v1/applications`: asking to borrow."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.applications import actions, queries
from services.p2p.applications.model import Application
from services.p2p.applications.schemas import (
    ApplicationAnswer,
    ApplicationRequest,
    DecisionRequest,
    DecisionsAnswer,
    StateName,
    application_answer,
    decisions_answer,
    facts_of,
    identity_of,
)
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.errors import UnknownApplication
from services.p2p.wire_ids import ApplicationId

router = APIRouter(prefix="/v1/applications", tags=["applications"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]


@router.post("", status_code=201, response_model=ApplicationAnswer)
async def apply(request: Request, body: ApplicationRequest, caller: Writer) -> Response:
    """Ask for a loan: graded at once by the points table, then approved, declined or referred to staff by the rule."""
    vault = runtime_of(request).get(IdentityVault)
    return await commands.run(
        request,
        actions.apply,
        application_answer,
        secret=vault.keys.request_secret,
        wish=actions.Wish(body.amount, body.currency, body.term_months, body.purpose),
        identity=identity_of(body.identity),
        facts=facts_of(body.facts),
        vault=vault,
    )


@router.get("")
async def list_applications(
    request: Request,
    caller: Reader,
    paging: Paging,
    state: StateName | None = None,
    source: Annotated[str | None, Query(max_length=40)] = None,
) -> Page[ApplicationAnswer]:
    """The customer's own, newest first; an operator sees everybody's."""
    borrower = None if caller.may(actions.OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection, borrower=borrower, state=state, source=source, before=before, limit=paging.limit
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[ApplicationAnswer](items=[application_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/{application_id}")
async def read_application(request: Request, caller: Reader, application_id: ApplicationId) -> ApplicationAnswer:
    return application_answer(await _visible(request, caller, application_id))


@router.get("/{application_id}/decisions")
async def read_decisions(request: Request, caller: Operator, application_id: ApplicationId) -> DecisionsAnswer:
    """Every step of an application and who took it."""
    await _visible(request, caller, application_id)
    async with runtime_of(request).reading() as connection:
        return decisions_answer(await queries.decisions(connection, application_id))


@router.post("/{application_id}/decision", status_code=200, response_model=ApplicationAnswer)
async def decide(request: Request, body: DecisionRequest, caller: Operator, application_id: ApplicationId) -> Response:
    """Staff approves or declines: one referred by the rule, or against the rule."""
    return await commands.run(
        request,
        actions.decide,
        application_answer,
        status=200,
        application_id=application_id,
        approve=body.decision == "approve",
        limit_minor=body.limit_minor,
        note=body.note,
    )


async def _visible(request: Request, caller: Caller, application_id: ApplicationId) -> Application:
    async with runtime_of(request).reading() as connection:
        application = await queries.load(connection, application_id)
    if application is None or not actions.roles(caller, application):
        raise UnknownApplication("no such application", field="application_id")
    return application

"""`/v1/applications`: asking to borrow."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.applications import actions, queries, reviewing
from services.p2p.applications.model import Application, ApplicationState, BorrowerKind
from services.p2p.applications.reading import require_visible
from services.p2p.applications.schemas import (
    AppealRequest,
    ApplicationAnswer,
    ApplicationRequest,
    ConfirmationRequest,
    DecisionRequest,
    DecisionsAnswer,
    StateName,
    application_answer,
    decisions_answer,
    facts_of,
    identity_of,
)
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.checks import queries as check_queries
from services.p2p.checks.actions import CHECK_JOB
from services.p2p.checks.schemas import CheckAnswer, ChecksAnswer
from services.p2p.wire_ids import ApplicationId

router = APIRouter(prefix="/v1/applications", tags=["applications"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]

PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": ApplicationAnswer, "description": "Being checked outside; ask again"}
}


async def _load(connection: AsyncConnection, application_id: UUID) -> Application:
    application = await queries.load(connection, application_id)
    assert application is not None
    return application


CHECKED = Continuation(
    job=CHECK_JOB, load=_load, pending=lambda application: application.state is ApplicationState.CHECKING
)


def wish_of(body: ApplicationRequest) -> actions.Wish:
    kind = BorrowerKind(body.borrower_kind)
    return actions.Wish(body.amount, body.currency, body.term_months, body.purpose, kind)


@router.post("", status_code=201, response_model=ApplicationAnswer, responses=PENDING)
async def apply(request: Request, body: ApplicationRequest, caller: Writer) -> Response:
    """Ask for a loan: graded at once by the points table; then approved, declined or referred to staff by the rule; where
    those outside are asked first, 202 until they answered."""
    vault = runtime_of(request).get(IdentityVault)
    return await commands.run(
        request,
        actions.apply,
        application_answer,
        continuation=CHECKED,
        secret=vault.keys.request_secret,
        wish=wish_of(body),
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
    async with runtime_of(request).reading() as connection:
        return application_answer(await require_visible(connection, caller, application_id))


@router.get("/{application_id}/decisions")
async def read_decisions(request: Request, caller: Operator, application_id: ApplicationId) -> DecisionsAnswer:
    """Every step of an application and who took it."""
    async with runtime_of(request).reading() as connection:
        await require_visible(connection, caller, application_id)
        return decisions_answer(await queries.decisions(connection, application_id))


@router.post("/{application_id}/decision", status_code=200, response_model=ApplicationAnswer)
async def decide(request: Request, body: DecisionRequest, caller: Operator, application_id: ApplicationId) -> Response:
    """Staff approves or declines: one referred by the rule, or against the rule."""
    return await commands.run(
        request,
        reviewing.decide,
        application_answer,
        status=200,
        application_id=application_id,
        approve=body.decision == "approve",
        limit_minor=body.limit_minor,
        note=body.note,
    )


@router.post("/{application_id}/appeal", status_code=200, response_model=ApplicationAnswer)
async def appeal(request: Request, body: AppealRequest, caller: Writer, application_id: ApplicationId) -> Response:
    """The borrower asks for a person to look at what was declined: once, and in time."""
    return await commands.run(
        request, reviewing.appeal, application_answer, status=200, application_id=application_id, note=body.note
    )


@router.post("/{application_id}/withdrawal", status_code=200, response_model=ApplicationAnswer)
async def withdraw(request: Request, caller: Writer, application_id: ApplicationId) -> Response:
    """The borrower takes back an application that is not listed, also one that a partner or a branch made for her."""
    return await commands.run(
        request, reviewing.withdraw, application_answer, status=200, application_id=application_id
    )


@router.post("/{application_id}/confirmation", status_code=200, response_model=ApplicationAnswer, responses=PENDING)
async def confirm(
    request: Request, body: ConfirmationRequest, caller: Operator, application_id: ApplicationId
) -> Response:
    """A second person of the staff has compared what was keyed in with the paper."""
    return await commands.run(
        request,
        reviewing.confirm,
        application_answer,
        status=200,
        continuation=CHECKED,
        application_id=application_id,
        note=body.note,
    )


@router.get("/{application_id}/checks")
async def read_checks(request: Request, caller: Operator, application_id: ApplicationId) -> ChecksAnswer:
    """What the identity service and the credit bureau said."""
    async with runtime_of(request).reading() as connection:
        await require_visible(connection, caller, application_id)
        found = await check_queries.of_application(connection, application_id)
    return ChecksAnswer(items=[CheckAnswer.model_validate(one) for one in found])

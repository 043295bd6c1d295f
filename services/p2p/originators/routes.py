"""`/v1/originators`: who proposes loans for borrowers of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.applications.routes import CHECKED, PENDING, wish_of
from services.p2p.applications.schemas import ApplicationAnswer, application_answer, facts_of, identity_of
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.errors import UnknownOriginator
from services.p2p.originators import actions, queries
from services.p2p.originators.schemas import (
    ExposedAnswer,
    OriginatorAnswer,
    OriginatorRequest,
    ProposalRequest,
    TermsRequest,
    exposed_answer,
    originator_answer,
    terms_of,
)
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.wire_ids import OriginatorId

router = APIRouter(prefix="/v1/originators", tags=["originators"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]
OPERATE = "p2p:operate"
FIRST = UUID(int=0)


@router.post("", status_code=201, response_model=OriginatorAnswer)
async def register_originator(request: Request, body: OriginatorRequest, caller: Operator) -> Response:
    """Take a licensed lender in, with its licence, its capital and what may be owed on its loans at most."""
    return await commands.run(
        request,
        actions.register,
        originator_answer,
        party=body.party,
        currency=body.currency,
        terms=terms_of(body),
    )


@router.post("/{originator_id}/terms", status_code=201, response_model=OriginatorAnswer)
async def renew_terms(request: Request, body: TermsRequest, caller: Operator, originator_id: OriginatorId) -> Response:
    """Its terms from now on; every earlier version is kept."""
    return await commands.run(
        request, actions.renew, originator_answer, originator_id=originator_id, terms=terms_of(body)
    )


@router.get("")
async def list_originators(request: Request, caller: Reader, paging: Paging) -> Page[OriginatorAnswer]:
    """All, for operators; a party sees itself."""
    party = None if caller.may(OPERATE) else caller.party
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        found = await queries.find(connection, party=party, after=after, limit=paging.limit)
    shown = page(found, paging, key=lambda one: (one.id,))
    return Page[OriginatorAnswer](items=[originator_answer(one) for one in shown["items"]], next=shown["next"])


@router.get("/{originator_id}")
async def read_originator(request: Request, caller: Reader, originator_id: OriginatorId) -> ExposedAnswer:
    """With what is owed on its loans."""
    async with runtime_of(request).reading() as connection:
        found = await queries.load(connection, originator_id)
        if found is None or not (caller.may(OPERATE) or caller.party == found.party):
            raise UnknownOriginator("no such originator", field="originator_id")
        held = await receipt_queries.held_minor(connection, originator_id)
        return exposed_answer(found, await queries.exposure(connection, originator_id), held)


@router.post("/{originator_id}/applications", status_code=201, response_model=ApplicationAnswer, responses=PENDING)
async def propose_application(
    request: Request, body: ProposalRequest, caller: Writer, originator_id: OriginatorId
) -> Response:
    """The originator applies for a borrower of its own: graded, checked and decided as any other; she lists it."""
    vault = runtime_of(request).get(IdentityVault)
    return await commands.run(
        request,
        actions.propose,
        application_answer,
        continuation=CHECKED,
        secret=vault.keys.request_secret,
        originator_id=originator_id,
        borrower=body.borrower,
        wish=wish_of(body),
        identity=identity_of(body.identity),
        facts=facts_of(body.facts),
        vault=vault,
    )

"""Leads: left by customers, sent to institutions, answered by them, taken back at any time."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.ids import encode
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.info_broker.contacts.schemas import OpenContact, open_contact
from services.info_broker.contacts.vault import ContactVault
from services.info_broker.errors import ContactErased, NoSuchLead, NotYours
from services.info_broker.leads import actions, queries
from services.info_broker.leads.actions import OPERATE, institution_of
from services.info_broker.leads.model import Lead
from services.info_broker.leads.schemas import (
    DecisionRequest,
    LeadAnswer,
    LeadId,
    LeadRequest,
    StateName,
    Steps,
    WithdrawalRequest,
    lead_answer,
    step_answer,
)

router = APIRouter(prefix="/v1/leads", tags=["leads"])
Reader = Annotated[Caller, requires("info_broker:read")]
Writer = Annotated[Caller, requires("info_broker:write")]
log = structlog.get_logger(__name__)


@router.post("", status_code=201, response_model=LeadAnswer)
async def leave_lead(request: Request, body: LeadRequest, caller: Writer) -> Response:
    """Ask to be contacted about a product, with consent."""
    vault = runtime_of(request).get(ContactVault)
    return await commands.run(
        request,
        actions.apply,
        lead_answer,
        secret=vault.keys.request_secret,
        application=body.application(),
        vault=vault,
    )


@router.get("", response_model=Page[LeadAnswer])
async def list_leads(
    request: Request, caller: Reader, paging: Paging, state: StateName | None = None
) -> dict[str, Any]:
    """A customer's own leads, an institution's those sent to it, an operator's all; newest first."""
    institution_id = institution_of(caller)
    all_of_them = caller.may(OPERATE)
    async with runtime_of(request).reading() as connection:
        found = await queries.find(
            connection,
            customer=None if all_of_them or institution_id is not None else caller.party,
            institution_id=None if all_of_them else institution_id,
            state=state,
            before=None if paging.after is None else paging.after[0],
            limit=paging.limit,
        )
        shown = page(found, paging, key=lambda one: (one.id,))
        seen = await queries.views(connection, shown["items"])
    return shown | {"items": [lead_answer(one) for one in seen]}


@router.get("/{lead_id}")
async def read_lead(request: Request, caller: Reader, lead_id: LeadId) -> LeadAnswer:
    """A lead, its contact masked."""
    async with runtime_of(request).reading() as connection:
        lead = await _visible(connection, caller, lead_id)
        return lead_answer((await queries.views(connection, [lead]))[0])


@router.get("/{lead_id}/steps")
async def list_lead_steps(request: Request, caller: Reader, lead_id: LeadId) -> Steps:
    """What happened to the lead, from the application on."""
    async with runtime_of(request).reading() as connection:
        await _visible(connection, caller, lead_id)
        return Steps(items=[step_answer(step) for step in await queries.steps(connection, lead_id)])


@router.get("/{lead_id}/contact")
async def read_lead_contact(request: Request, caller: Reader, lead_id: LeadId) -> OpenContact:
    """The contact in the clear: for operators, and for the institution the lead was sent to. Each reading is logged."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        lead = await _visible(connection, caller, lead_id)
        contact = (await queries.views(connection, [lead]))[0].contact
    if not caller.may(OPERATE) and institution_of(caller) is None:
        raise NotYours("the contact is shown to the institution it was given to")
    if contact.sealed is None:
        raise ContactErased("the contact was erased", erased_at=str(contact.erased_at))
    log.info("contact_read", lead_id=encode("lea", lead_id), reader=caller.party)
    return open_contact(runtime.get(ContactVault).open(contact.id, contact.sealed))


@router.post("/{lead_id}/routing", response_model=LeadAnswer)
async def route_lead(
    request: Request, lead_id: LeadId, caller: Annotated[Caller, requires("info_broker:operate")]
) -> Response:
    """Send a new lead now. It would also be sent by itself, within seconds of its obstacle going."""
    return await commands.run(request, actions.route, lead_answer, status=200, lead_id=lead_id)


@router.post("/{lead_id}/decision", response_model=LeadAnswer)
async def decide_lead(request: Request, lead_id: LeadId, body: DecisionRequest, caller: Writer) -> Response:
    """The institution accepts or rejects a lead that was sent to it."""
    return await commands.run(
        request,
        actions.decide,
        lead_answer,
        status=200,
        lead_id=lead_id,
        accepted=body.outcome == "accepted",
        reason=body.reason,
    )


@router.post("/{lead_id}/withdrawal", response_model=LeadAnswer)
async def withdraw_lead(request: Request, lead_id: LeadId, body: WithdrawalRequest, caller: Writer) -> Response:
    """Take the consent back: the lead ends and the contact is erased."""
    return await commands.run(request, actions.withdraw, lead_answer, status=200, lead_id=lead_id, reason=body.reason)


async def _visible(connection: AsyncConnection, caller: Caller, lead_id: LeadId) -> Lead:
    lead = await queries.load(connection, lead_id)
    if lead is None or not await actions.roles(connection, caller, lead):
        raise NoSuchLead("no such lead", field="lead_id")
    return lead

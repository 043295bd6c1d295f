"""`/v1/holders`: what operators see of persons, and do to them."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.payments.holders import actions, freezing, queries
from services.payments.holders.errors import UnknownHolder
from services.payments.holders.schemas import (
    CertificateRequest,
    CustomerId,
    FreezeAnswer,
    HolderId,
    IdentityAnswer,
    PersonAnswer,
    ReasonRequest,
    StandingAnswer,
    UsageAnswer,
    freeze_answer,
    identity_answer,
)
from services.payments.holders.standings import standing_of
from services.payments.limits import queries as limits
from services.payments.settings import verification_required

router = APIRouter(prefix="/v1/holders", tags=["holders"])
Operator = Annotated[Caller, requires("payments:operate")]
FREEZES_SHOWN = 100


@router.get("/customers/{customer_id}")
async def read_customer(request: Request, customer_id: CustomerId, caller: Operator) -> StandingAnswer:
    """A customer as she sees herself."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        return await standing_of(connection, customer_id, today, required=verification_required(runtime.settings))


@router.post("/customers/{customer_id}/face-to-face", response_model=IdentityAnswer)
async def record_face_to_face(request: Request, customer_id: CustomerId, caller: Operator) -> Response:
    """The operator has seen the person and her document (面对面): enough for every class."""
    return await commands.run(
        request, actions.record_face_to_face, identity_answer, status=200, customer_id=customer_id
    )


@router.put("/customers/{customer_id}/certificate", response_model=IdentityAnswer)
async def record_certificate(
    request: Request, customer_id: CustomerId, body: CertificateRequest, caller: Operator
) -> Response:
    """The customer confirms payments by certificate or electronic signature: a day's limit is then what was agreed."""
    return await commands.run(
        request,
        actions.record_certificate,
        identity_answer,
        status=200,
        customer_id=customer_id,
        valid_until=body.valid_until,
        agreed_daily=body.agreed_daily,
    )


@router.get("/{holder_id}")
async def read_person(request: Request, holder_id: HolderId, caller: Operator) -> PersonAnswer:
    """A person: the customers who are she, what they used together, and how she was frozen and released."""
    async with runtime_of(request).reading() as connection:
        holder = await queries.holder_with(connection, holder_id)
        if holder is None:
            raise UnknownHolder("no such person", field="holder_id")
        identities = await queries.identities_of(connection, holder_id)
        usage = await limits.usage_of(connection, holder_id)
        freezes = await queries.freezes_of(connection, holder_id, FREEZES_SHOWN)
    return PersonAnswer(
        id=holder.id,
        proved_at=holder.proved_at,
        customers=[identity_answer(identity) for identity in identities],
        usage=UsageAnswer.model_validate(usage),
        freezes=[freeze_answer(freeze) for freeze in freezes],
    )


@router.post("/{holder_id}/freeze", response_model=FreezeAnswer)
async def freeze_person(request: Request, holder_id: HolderId, body: ReasonRequest, caller: Operator) -> Response:
    """Freeze all wallets of a person, as whichever customer she has them, and those she opens until she is released."""
    return await commands.run(
        request, freezing.freeze_holder, freeze_answer, status=200, holder_id=holder_id, reason=body.reason
    )


@router.post("/{holder_id}/release", response_model=FreezeAnswer)
async def release_person(request: Request, holder_id: HolderId, body: ReasonRequest, caller: Operator) -> Response:
    """End it. A wallet that had been frozen by itself before stays frozen."""
    return await commands.run(
        request, freezing.release_holder, freeze_answer, status=200, holder_id=holder_id, reason=body.reason
    )

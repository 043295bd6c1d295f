"""`/v1/preauthorisations`: money frozen for a merchant."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.queries import merchant_with
from services.payments.merchants.schemas import MerchantId
from services.payments.preauthorisations import actions, queries
from services.payments.preauthorisations.errors import UnknownPreauthorisation
from services.payments.preauthorisations.model import Preauthorisation, PreauthorisationState
from services.payments.preauthorisations.schemas import (
    AgreementRequest,
    CapturedAnswer,
    CaptureRequest,
    PreauthorisationAnswer,
    PreauthorisationId,
    PreauthorisationRequest,
    PreauthorisationWithCapturesAnswer,
    captured_answer,
    preauthorisation_answer,
    with_captures,
)
from services.payments.risk.saying import JUDGED

router = APIRouter(prefix="/v1/preauthorisations", tags=["preauthorisations"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


@router.post("", status_code=201, response_model=PreauthorisationAnswer)
async def request_preauthorisation(request: Request, body: PreauthorisationRequest, caller: Writer) -> Response:
    """A merchant asks a customer to freeze money for it; unique by the merchant's own number."""
    return await commands.run(request, actions.request_preauthorisation, preauthorisation_answer, **body.model_dump())


@router.post(
    "/{preauthorisation_id}/agreement", status_code=201, response_model=PreauthorisationAnswer, dependencies=[JUDGED]
)
async def agree_to_preauthorisation(
    request: Request, preauthorisation_id: PreauthorisationId, body: AgreementRequest, caller: Writer
) -> Response:
    """The customer agrees to what she was shown: it is frozen in her wallet."""
    return await commands.run(
        request, actions.agree, preauthorisation_answer, preauthorisation_id=preauthorisation_id, **body.model_dump()
    )


@router.post("/{preauthorisation_id}/captures", status_code=201, response_model=CapturedAnswer)
async def capture_preauthorisation(
    request: Request, preauthorisation_id: PreauthorisationId, body: CaptureRequest, caller: Writer
) -> Response:
    """The merchant takes what is due, in parts if it will: never more than is frozen. Each is a paid order of the merchant's."""
    return await commands.run(
        request,
        actions.capture,
        lambda captured: captured_answer(*captured),
        preauthorisation_id=preauthorisation_id,
        **body.model_dump(),
    )


@router.post("/{preauthorisation_id}/release", response_model=PreauthorisationAnswer)
async def release_preauthorisation(
    request: Request, preauthorisation_id: PreauthorisationId, caller: Writer
) -> Response:
    """The merchant gives back what is frozen still; so it also consents to the customer's wish."""
    return await _answered(request, actions.release, preauthorisation_id)


@router.post("/{preauthorisation_id}/release-request", response_model=PreauthorisationAnswer)
async def ask_preauthorisation_release(
    request: Request, preauthorisation_id: PreauthorisationId, caller: Writer
) -> Response:
    """The customer wants the rest back; the merchant consents by a release, or denies."""
    return await _answered(request, actions.ask_release, preauthorisation_id)


@router.post("/{preauthorisation_id}/release-denial", response_model=PreauthorisationAnswer)
async def deny_preauthorisation_release(
    request: Request, preauthorisation_id: PreauthorisationId, caller: Writer
) -> Response:
    """The merchant needs it frozen until its deadline."""
    return await _answered(request, actions.deny_release, preauthorisation_id)


@router.get("")
async def list_preauthorisations(
    request: Request,
    caller: Reader,
    paging: Paging,
    merchant_id: Annotated[MerchantId | None, Query()] = None,
    state: PreauthorisationState | None = None,
) -> Page[PreauthorisationAnswer]:
    """A merchant's, or, without one, the customer's; newest first."""
    before = paging.after[0] if paging.after else None
    buyer_id = customer_of(caller) if merchant_id is None else None
    async with runtime_of(request).reading() as connection:
        if merchant_id is not None and not await _merchants(connection, caller, merchant_id):
            raise UnknownMerchant("no such merchant", field="merchant_id")
        rows = await queries.preauthorisations_of(
            connection, merchant_id=merchant_id, buyer_id=buyer_id, state=state, before=before, limit=paging.limit + 1
        )
    items = [preauthorisation_answer(one) for one in rows]
    return Page[PreauthorisationAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{preauthorisation_id}")
async def read_preauthorisation(
    request: Request, preauthorisation_id: PreauthorisationId, caller: Reader
) -> PreauthorisationWithCapturesAnswer:
    """For the merchant, the customer and, while anyone may agree, any customer who was given its id."""
    async with runtime_of(request).reading() as connection:
        one = await queries.preauthorisation_with(connection, preauthorisation_id)
        if one is None or not await _visible(connection, caller, one):
            raise UnknownPreauthorisation("no such pre-authorisation")
        captures = await queries.captures_of(connection, one.id)
    return with_captures(one, captures)


async def _answered(
    request: Request, action: commands.Story[Preauthorisation], preauthorisation_id: PreauthorisationId
) -> Response:
    return await commands.run(
        request, action, preauthorisation_answer, status=200, preauthorisation_id=preauthorisation_id
    )


async def _visible(connection: AsyncConnection, caller: Caller, one: Preauthorisation) -> bool:
    if caller.customer is not None and one.buyer_id in (None, caller.customer):
        return True
    return await _merchants(connection, caller, one.merchant_id)


async def _merchants(connection: AsyncConnection, caller: Caller, merchant_id: MerchantId) -> bool:
    merchant = await merchant_with(connection, merchant_id)
    return merchant is not None and (merchant.owner == caller.party or caller.may("payments:operate"))

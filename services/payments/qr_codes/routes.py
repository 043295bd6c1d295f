"""`/v1/qr-codes`, and the codes of orders and merchants (EMV QR). Showing and reading a code writes nothing and needs no key."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.queries import merchant_with
from services.payments.merchants.schemas import MerchantId
from services.payments.orders.schemas import OrderAnswer, OrderId, order_answer
from services.payments.qr_codes import actions, showing
from services.payments.qr_codes.errors import UnknownProfile
from services.payments.qr_codes.queries import profile_of
from services.payments.qr_codes.schemas import (
    ParsedAnswer,
    ParseRequest,
    PayScannedRequest,
    ProfileAnswer,
    ProfileRequest,
    QrCodeAnswer,
    profile_answer,
)
from services.payments.risk.saying import JUDGED

router = APIRouter(tags=["QR codes"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
DRAWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in showing.MEDIA_TYPES.values()}, "description": "The code, drawn"}
}


@router.put("/v1/merchants/{merchant_id}/qr-profile", response_model=ProfileAnswer)
async def set_qr_profile(request: Request, merchant_id: MerchantId, body: ProfileRequest, caller: Writer) -> Response:
    """Kind of business, name in Latin letters, city: what a code shows beside what orders say."""
    facts = {"merchant_id": merchant_id, **body.model_dump()}
    return await commands.run(request, actions.set_profile, profile_answer, status=200, **facts)


@router.get("/v1/merchants/{merchant_id}/qr-profile")
async def read_qr_profile(request: Request, merchant_id: MerchantId, caller: Reader) -> ProfileAnswer:
    async with runtime_of(request).reading() as connection:
        merchant = await merchant_with(connection, merchant_id)
        if merchant is None or merchant.owner != caller.party:
            raise UnknownMerchant("no such merchant", field="merchant_id")
        profile = await profile_of(connection, merchant_id)
    if profile is None:
        raise UnknownProfile("the merchant has not said what its codes show", field="merchant_id")
    return profile_answer(profile)


@router.post("/v1/orders/{order_id}/qr-code", openapi_extra=KEYLESS)
async def show_order_code(request: Request, order_id: OrderId, caller: Writer) -> QrCodeAnswer:
    """A code for this order alone; it ends with the order."""
    return await _code_of_order(request, caller, order_id)


@router.get("/v1/orders/{order_id}/qr-code.{kind}", response_class=Response, responses=DRAWN)
async def draw_order_code(request: Request, order_id: OrderId, kind: showing.ImageKind, caller: Reader) -> Response:
    """The same as a picture, `svg` or `png`."""
    code = await _code_of_order(request, caller, order_id)
    return Response(showing.image(code.payload, kind), media_type=showing.MEDIA_TYPES[kind])


@router.post("/v1/merchants/{merchant_id}/qr-code", openapi_extra=KEYLESS)
async def show_merchant_code(request: Request, merchant_id: MerchantId, caller: Writer) -> QrCodeAnswer:
    """A code to hang up: the payer types the amount."""
    async with runtime_of(request).reading() as connection:
        return await showing.code_of_merchant(connection, caller, merchant_id)


@router.get("/v1/merchants/{merchant_id}/qr-code.{kind}", response_class=Response, responses=DRAWN)
async def draw_merchant_code(
    request: Request, merchant_id: MerchantId, kind: showing.ImageKind, caller: Reader
) -> Response:
    """The same as a picture, `svg` or `png`."""
    async with runtime_of(request).reading() as connection:
        code = await showing.code_of_merchant(connection, caller, merchant_id)
    return Response(showing.image(code.payload, kind), media_type=showing.MEDIA_TYPES[kind])


@router.post("/v1/qr-codes/parse", openapi_extra=KEYLESS)
async def parse_code(request: Request, body: ParseRequest, caller: Reader) -> ParsedAnswer:
    """What a scanned code says, of either kind, once its check sum and all its lengths hold."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        return await showing.parsed(connection, body.payload, now)


@router.post("/v1/qr-codes/payments", status_code=201, response_model=OrderAnswer, dependencies=[JUDGED])
async def pay_scanned(request: Request, body: PayScannedRequest, caller: Writer) -> Response:
    """Pay from the wallet what a merchant's code asks for."""
    facts = {name: getattr(body, name) for name in PayScannedRequest.model_fields}
    return await commands.run(request, actions.pay_scanned, order_answer, **facts)


async def _code_of_order(request: Request, caller: Caller, order_id: OrderId) -> QrCodeAnswer:
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        return await showing.code_of_order(connection, caller, order_id, now)

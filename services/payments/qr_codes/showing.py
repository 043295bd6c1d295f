"""Reading: the code of an order or a merchant, and what a scanned one says. Nothing is stored of either."""

import io
from datetime import datetime
from typing import Literal
from uuid import UUID

import segno
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.identity import Caller
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders.errors import UnknownOrder
from services.payments.orders.model import Order, OrderState
from services.payments.orders.queries import order_with
from services.payments.qr_codes import rules
from services.payments.qr_codes.errors import QrCodeForeign, QrCodeOver, UnknownProfile
from services.payments.qr_codes.model import MerchantPresented, Profile
from services.payments.qr_codes.queries import profile_of
from services.payments.qr_codes.schemas import ParsedAnswer, QrCodeAnswer

ImageKind = Literal["svg", "png"]
MEDIA_TYPES: dict[ImageKind, str] = {"svg": "image/svg+xml", "png": "image/png"}
MODULE_PIXELS = 6


async def code_of_order(connection: AsyncConnection, caller: Caller, order_id: UUID, now: datetime) -> QrCodeAnswer:
    """For the merchant's owner. Raises UnknownOrder, QrCodeOver, UnknownProfile."""
    order = await order_with(connection, order_id)
    merchant = None if order is None else await merchant_with(connection, order.merchant_id)
    if order is None or merchant is None or merchant.owner != caller.party:
        raise UnknownOrder("no such order")
    if not _payable(order, now):
        raise QrCodeOver("the order is paid or closed", state=order.state)
    payload = rules.order_code(order, merchant, await _profile(connection, merchant))
    return QrCodeAnswer(
        payload=payload,
        merchant_id=merchant.id,
        order_id=order.id,
        amount=order.amount,
        currency=order.currency,
        expires_at=order.due_at,
    )


async def code_of_merchant(connection: AsyncConnection, caller: Caller, merchant_id: UUID) -> QrCodeAnswer:
    """For the merchant's owner. Raises UnknownMerchant, UnknownProfile."""
    merchant = await merchant_with(connection, merchant_id)
    if merchant is None or merchant.owner != caller.party:
        raise UnknownMerchant("no such merchant", field="merchant_id")
    payload = rules.merchant_code(merchant, await _profile(connection, merchant))
    return QrCodeAnswer(
        payload=payload,
        merchant_id=merchant.id,
        order_id=None,
        amount=None,
        currency=merchant.currency,
        expires_at=None,
    )


async def parsed(connection: AsyncConnection, payload: str, now: datetime) -> ParsedAnswer:
    """What a code says. Raises what reading it does, and QrCodeDiffers where the order it names says something else."""
    said = rules.read_code(payload)
    if isinstance(said, MerchantPresented):
        return await _parsed_merchant(connection, said, now)
    return ParsedAnswer(kind="consumer_presented", token=rules.token_in(said))


async def _parsed_merchant(connection: AsyncConnection, said: MerchantPresented, now: datetime) -> ParsedAnswer:
    order = await _order_named(connection, said)
    try:
        merchant_id = rules.named_in(said).merchant_id
    except QrCodeForeign:
        merchant_id = None
    return ParsedAnswer(
        kind="merchant_presented",
        initiation=said.initiation,
        name=said.name,
        local_name=said.local.name if said.local else None,
        city=said.city,
        amount=said.amount,
        currency=said.currency,
        merchant_id=merchant_id,
        order_id=order.id if order else None,
        payable=_payable(order, now) if order else None,
        expires_at=order.due_at if order else None,
    )


def image(payload: str, kind: ImageKind) -> bytes:
    """The code drawn, with the quiet zone that ISO/IEC 18004 asks for."""
    drawn = io.BytesIO()
    segno.make_qr(payload, error="m", encoding="utf-8").save(drawn, kind=kind, scale=MODULE_PIXELS)
    return drawn.getvalue()


async def _order_named(connection: AsyncConnection, said: MerchantPresented) -> Order | None:
    try:
        named = rules.named_in(said)
    except QrCodeForeign:
        return None
    order = None if named.order_id is None else await order_with(connection, named.order_id)
    if order is not None:
        rules.require_same(said, named, order)
    return order


async def _profile(connection: AsyncConnection, merchant: Merchant) -> Profile:
    profile = await profile_of(connection, merchant.id)
    if profile is None:
        raise UnknownProfile("say first what the merchant's codes show", field="merchant_id")
    return profile


def _payable(order: Order, now: datetime) -> bool:
    return order.state is OrderState.WAIT_BUYER_PAY and order.due_at > now

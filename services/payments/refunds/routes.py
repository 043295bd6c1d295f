"""`/v1/orders/{order_id}/refunds` and `/v1/refunds`: money given back to those who paid."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.queries import merchant_with
from services.payments.merchants.schemas import MerchantId
from services.payments.orders.queries import order_with
from services.payments.orders.schemas import OrderId
from services.payments.refunds import actions, queries
from services.payments.refunds.errors import UnknownRefund
from services.payments.refunds.model import Refund
from services.payments.refunds.schemas import (
    RefundAnswer,
    RefundDetailAnswer,
    RefundId,
    RefundNumber,
    RefundRequest,
    detail_answer,
    refund_answer,
)
from services.payments.risk.saying import JUDGED

router = APIRouter(prefix="/v1", tags=["refunds"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


@router.post("/orders/{order_id}/refunds", status_code=201, response_model=RefundAnswer, dependencies=[JUDGED])
async def refund_order(request: Request, order_id: OrderId, body: RefundRequest, caller: Writer) -> Response:
    """Give back a part or all of what was paid, to the methods that paid it; several refunds in total at most the payment."""
    facts = {name: getattr(body, name) for name in RefundRequest.model_fields}
    return await commands.run(request, actions.refund_order, refund_answer, order_id=order_id, **facts)


@router.get("/refunds")
async def list_refunds(
    request: Request,
    caller: Reader,
    paging: Paging,
    merchant_id: MerchantId,
    order_id: Annotated[OrderId | None, Query()] = None,
    merchant_refund_number: Annotated[RefundNumber | None, Query()] = None,
) -> Page[RefundAnswer]:
    """A merchant's refunds, newest first; of one order, or the one under her own number."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await _require_merchant(connection, caller, merchant_id)
        if merchant_refund_number is not None:
            found = await queries.refund_numbered(connection, merchant_id, merchant_refund_number)
            rows = [] if found is None or order_id not in (None, found.order_id) else [found]
        else:
            rows = await queries.refunds_of(
                connection, merchant_id=merchant_id, order_id=order_id, before=before, limit=paging.limit + 1
            )
    items = [refund_answer(refund) for refund in rows]
    return Page[RefundAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/refunds/{refund_id}")
async def read_refund(request: Request, refund_id: RefundId, caller: Reader) -> RefundDetailAnswer:
    """For the merchant and the buyer, with what each part of the payment gets back."""
    async with runtime_of(request).reading() as connection:
        refund = await queries.refund_with(connection, refund_id)
        if refund is None or not await _visible(connection, caller, refund):
            raise UnknownRefund("no such refund")
        legs = await queries.legs_of(connection, refund.id)
    return detail_answer(refund, legs)


async def _visible(connection: AsyncConnection, caller: Caller, refund: Refund) -> bool:
    if caller.may("payments:operate"):
        return True
    order = await order_with(connection, refund.order_id)
    merchant = await merchant_with(connection, refund.merchant_id)
    assert order is not None
    assert merchant is not None
    return merchant.owner == caller.party or (caller.customer is not None and order.buyer_id == caller.customer)


async def _require_merchant(connection: AsyncConnection, caller: Caller, merchant_id: MerchantId) -> None:
    merchant = await merchant_with(connection, merchant_id)
    if merchant is None or not (merchant.owner == caller.party or caller.may("payments:operate")):
        raise UnknownMerchant("no such merchant", field="merchant_id")

"""Receivers and shares of orders (分账)."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders.errors import UnknownOrder
from services.payments.orders.queries import order_with
from services.payments.shares import actions, queries
from services.payments.shares.schemas import (
    MerchantId,
    OrderId,
    ReceiverId,
    ShareAnswer,
    ShareId,
    ShareReceiverAnswer,
    ShareReceiverRequest,
    ShareReturnRequest,
    SharesAnswer,
    SharesRequest,
    receiver_answer,
    share_answer,
    shares_answer,
)

router = APIRouter(prefix="/v1", tags=["settlement"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


@router.post("/merchants/{merchant_id}/share-receivers", status_code=201, response_model=ShareReceiverAnswer)
async def register_receiver(
    request: Request, merchant_id: MerchantId, body: ShareReceiverRequest, caller: Writer
) -> Response:
    """Name an account with which orders of the merchant may be shared."""
    return await commands.run(
        request,
        actions.register_receiver,
        receiver_answer,
        merchant_id=merchant_id,
        account_id=body.account_id,
        relation=body.relation,
    )


@router.get("/merchants/{merchant_id}/share-receivers")
async def list_receivers(
    request: Request, merchant_id: MerchantId, caller: Reader, paging: Paging
) -> Page[ShareReceiverAnswer]:
    """Oldest first, removed ones too."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        merchant = await merchant_with(connection, merchant_id)
        if merchant is None:
            raise UnknownMerchant("no such merchant", field="merchant_id")
        caller.require_owner(merchant.owner, operate="payments:operate", detail="no such merchant")
        rows = await queries.receivers_of(connection, merchant_id, after, paging.limit + 1)
    items = [receiver_answer(one) for one in rows]
    return Page[ShareReceiverAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/share-receivers/{receiver_id}/removal", status_code=200, response_model=ShareReceiverAnswer)
async def remove_receiver(request: Request, receiver_id: ReceiverId, caller: Writer) -> Response:
    """Nothing new is declared for it; what is declared already is paid."""
    return await commands.run(request, actions.remove_receiver, receiver_answer, status=200, receiver_id=receiver_id)


@router.post("/orders/{order_id}/shares", status_code=201, response_model=SharesAnswer)
async def declare_shares(request: Request, order_id: OrderId, body: SharesRequest, caller: Writer) -> Response:
    """Share a paid order that is not settled yet; all its shares are answered."""
    amounts = {one.receiver_id: one.amount for one in body.shares}
    return await commands.run(request, actions.declare_shares, shares_answer, order_id=order_id, amounts=amounts)


@router.get("/orders/{order_id}/shares")
async def list_shares(request: Request, order_id: OrderId, caller: Reader) -> SharesAnswer:
    async with runtime_of(request).reading() as connection:
        order = await order_with(connection, order_id)
        merchant = None if order is None else await merchant_with(connection, order.merchant_id)
        if order is None or merchant is None:
            raise UnknownOrder("no such order")
        caller.require_owner(merchant.owner, operate="payments:operate", detail="no such order")
        shares = actions.Shares(order.id, await queries.shares_of(connection, order.id))
    return shares_answer(shares)


@router.post("/order-shares/{share_id}/returns", status_code=201, response_model=ShareAnswer)
async def return_share(request: Request, share_id: ShareId, body: ShareReturnRequest, caller: Writer) -> Response:
    """Take a paid share back from its receiver, in full or in part (分账回退)."""
    return await commands.run(request, actions.return_share, share_answer, share_id=share_id, amount=body.amount)

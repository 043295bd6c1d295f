"""`/v1/orders`: what merchants ask for and buyers pay."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.queries import merchant_with
from services.payments.merchants.schemas import MerchantId
from services.payments.orders import actions, card_actions, payment_actions, queries
from services.payments.orders.errors import UnknownOrder
from services.payments.orders.model import Method, Order, OrderPayment, OrderState, PaymentState
from services.payments.orders.schemas import (
    CardPaymentRequest,
    CreateOrderRequest,
    OrderAnswer,
    OrderId,
    OrderPaymentAnswer,
    OrderPaymentsAnswer,
    PayOrderRequest,
    order_answer,
    part_answer,
    payment_answer,
)
from services.payments.risk.saying import JUDGED
from services.payments.settlement.queries import fees_of

router = APIRouter(prefix="/v1/orders", tags=["orders"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


async def _load(connection: AsyncConnection, payment_id: UUID) -> OrderPayment:
    payment = await queries.payment_with(connection, payment_id)
    assert payment is not None
    return payment


_COLLECT = Continuation(
    job="payments.collect_order_payment",
    load=_load,
    pending=lambda payment: payment.state is PaymentState.PENDING,
)


@router.post("", status_code=201, response_model=OrderAnswer)
async def create_order(request: Request, body: CreateOrderRequest, caller: Writer) -> Response:
    """A merchant asks a buyer for money; unique by the merchant's own order number."""
    facts = {name: getattr(body, name) for name in CreateOrderRequest.model_fields}
    return await commands.run(request, actions.create_order, order_answer, **facts)


@router.post("/{order_id}/payments", status_code=201, response_model=OrderAnswer, dependencies=[JUDGED])
async def pay_order(request: Request, order_id: OrderId, body: PayOrderRequest, caller: Writer) -> Response:
    """Pay what the buyer was shown: from her own wallet, or a service for her; all of it, or a part that is held for the rest."""
    facts: dict[str, Any] = {"order_id": order_id, "amount": body.amount, "currency": body.currency}
    if body.method == "wallet":
        facts |= {"wallet_id": body.wallet_id, "partial": body.partial, "voucher_ids": body.voucher_ids}
        facts |= {"confirmation_id": body.confirmation_id}
        return await commands.run(request, payment_actions.pay_from_wallet, order_answer, **facts)
    facts |= {"method": Method(body.method), "account_id": body.account_id, "partial": body.partial}
    return await commands.run(request, payment_actions.pay_from_own_account, order_answer, **facts)


@router.post("/{order_id}/card-payments", status_code=201, response_model=OrderPaymentAnswer, dependencies=[JUDGED])
async def pay_by_card(request: Request, order_id: OrderId, body: CardPaymentRequest, caller: Writer) -> Response:
    """Pay from a bound card what the other parts have left. 202 while the bank's result is not final: it is asked until it is."""
    return await commands.run(
        request,
        card_actions.pay_by_card,
        payment_answer,
        continuation=_COLLECT,
        order_id=order_id,
        card_id=body.card_id,
        amount=body.amount,
        currency=body.currency,
    )


@router.post("/{order_id}/payments/return", response_model=OrderAnswer)
async def give_parts_back(request: Request, order_id: OrderId, caller: Writer) -> Response:
    """The buyer takes back the parts that are held while the rest is missing; the merchant releases those of whoever holds up its order."""
    return await commands.run(request, payment_actions.give_parts_back, order_answer, status=200, order_id=order_id)


@router.get("/{order_id}/payments")
async def list_payments(request: Request, order_id: OrderId, caller: Reader) -> OrderPaymentsAnswer:
    """The parts of an order's payment, in the order in which they were begun and are refunded; of customers each sees her own, also of an
    order that another has paid."""
    async with runtime_of(request).reading() as connection:
        order = await queries.order_with(connection, order_id)
        payments = await queries.payments_of(connection, order_id)
        if order is None or not await _keeps(connection, caller, order):
            payments = [payment for payment in payments if payment.customer_id == caller.customer]
        if order is None or not (payments or await _visible(connection, caller, order)):
            raise UnknownOrder("no such order")
        backs = await queries.returns_of(connection, order_id)
    return OrderPaymentsAnswer(items=[part_answer(payment, backs.get(payment.id)) for payment in payments])


@router.post("/{order_id}/closure", response_model=OrderAnswer)
async def close_order(request: Request, order_id: OrderId, caller: Writer) -> Response:
    """The merchant withdraws an unpaid order."""
    return await commands.run(request, actions.close_order, order_answer, status=200, order_id=order_id)


@router.get("")
async def list_orders(
    request: Request,
    caller: Reader,
    paging: Paging,
    merchant_id: Annotated[MerchantId | None, Query()] = None,
    state: OrderState | None = None,
) -> Page[OrderAnswer]:
    """A merchant's orders, or, without one, those the customer bought or is asked to pay; newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        if merchant_id is None:
            rows = await queries.orders_of_buyer(connection, customer_of(caller), before, paging.limit + 1)
        else:
            await _require_merchant(connection, caller, merchant_id)
            rows = await queries.orders_of_merchant(connection, merchant_id, state, before, paging.limit + 1)
        fees = await fees_of(connection, [order.id for order in rows])
    items = [order_answer(order, fees.get(order.id)) for order in rows]
    return Page[OrderAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{order_id}")
async def read_order(request: Request, order_id: OrderId, caller: Reader) -> OrderAnswer:
    """For the merchant, the buyer and, while anyone may pay it, any customer who was given its id."""
    async with runtime_of(request).reading() as connection:
        order = await _visible_order(connection, caller, order_id)
        fees = await fees_of(connection, [order.id])
    return order_answer(order, fees.get(order.id))


async def _visible_order(connection: AsyncConnection, caller: Caller, order_id: UUID) -> Order:
    """Raises UnknownOrder."""
    order = await queries.order_with(connection, order_id)
    if order is None or not await _visible(connection, caller, order):
        raise UnknownOrder("no such order")
    return order


async def _visible(connection: AsyncConnection, caller: Caller, order: Order) -> bool:
    if caller.customer is not None and order.buyer_id in (None, caller.customer):
        return True
    return await _keeps(connection, caller, order)


async def _keeps(connection: AsyncConnection, caller: Caller, order: Order) -> bool:
    """An operator, or whose merchant's order it is."""
    if caller.may("payments:operate"):
        return True
    merchant = await merchant_with(connection, order.merchant_id)
    return merchant is not None and merchant.owner == caller.party


async def _require_merchant(connection: AsyncConnection, caller: Caller, merchant_id: MerchantId) -> None:
    merchant = await merchant_with(connection, merchant_id)
    if merchant is None or not (merchant.owner == caller.party or caller.may("payments:operate")):
        raise UnknownMerchant("no such merchant", field="merchant_id")

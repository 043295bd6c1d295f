"""`/v1/trades`: escrow trades (担保交易); `/v1/trade-categories`: how long each party of one has."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
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
from services.payments.risk.saying import JUDGED
from services.payments.trades import actions, category_actions, category_queries, queries
from services.payments.trades.actions import Item
from services.payments.trades.errors import UnknownTrade
from services.payments.trades.model import TradeState
from services.payments.trades.rules import party_of
from services.payments.trades.schemas import (
    CategoryCode,
    ConfirmTradeRequest,
    CreateTradeRequest,
    PayTradeRequest,
    ProlongTradeRequest,
    SetTradeCategoryRequest,
    ShipTradeRequest,
    TradeAnswer,
    TradeCategoryAnswer,
    TradeId,
    category_answer,
    trade_answer,
)

router = APIRouter(prefix="/v1", tags=["trades"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.post("/trades", status_code=201, response_model=TradeAnswer)
async def create_trade(request: Request, body: CreateTradeRequest, caller: Writer) -> Response:
    """A merchant sells under escrow; unique by the merchant's own number. The deadlines in force for the category hold for good."""
    facts = {name: getattr(body, name) for name in CreateTradeRequest.model_fields if name != "items"}
    items = [Item(item.name, item.quantity, item.unit_price) for item in body.items]
    return await commands.run(request, actions.create_trade, trade_answer, items=items, **facts)


@router.post("/trades/{trade_id}/payments", status_code=201, response_model=TradeAnswer, dependencies=[JUDGED])
async def pay_trade(request: Request, trade_id: TradeId, body: PayTradeRequest, caller: Writer) -> Response:
    """The buyer pays from her wallet; the money is held until she confirms, time does, or it goes back."""
    return await commands.run(
        request,
        actions.pay_from_wallet,
        trade_answer,
        trade_id=trade_id,
        wallet_id=body.wallet_id,
        amount=body.amount,
        currency=body.currency,
        confirmation_id=body.confirmation_id,
    )


@router.post("/trades/{trade_id}/shipment", response_model=TradeAnswer)
async def ship_trade(request: Request, trade_id: TradeId, body: ShipTradeRequest, caller: Writer) -> Response:
    """The seller has sent the goods."""
    facts: dict[str, Any] = {"carrier": body.carrier, "tracking_number": body.tracking_number}
    return await commands.run(request, actions.ship, trade_answer, status=200, trade_id=trade_id, **facts)


@router.post("/trades/{trade_id}/confirmation", response_model=TradeAnswer)
async def confirm_trade(request: Request, trade_id: TradeId, body: ConfirmTradeRequest, caller: Writer) -> Response:
    """The buyer has her goods: what is held for them, for some items or all, goes to the seller."""
    return await commands.run(request, actions.confirm, trade_answer, status=200, trade_id=trade_id, items=body.items)


@router.post("/trades/{trade_id}/extension", response_model=TradeAnswer)
async def extend_trade(request: Request, trade_id: TradeId, caller: Writer) -> Response:
    """The buyer takes more time to confirm, once."""
    return await commands.run(request, actions.extend, trade_answer, status=200, trade_id=trade_id)


@router.post("/trades/{trade_id}/prolongation", response_model=TradeAnswer)
async def prolong_trade(request: Request, trade_id: TradeId, body: ProlongTradeRequest, caller: Writer) -> Response:
    """The seller gives the buyer more time to confirm."""
    return await commands.run(
        request, actions.prolong, trade_answer, status=200, trade_id=trade_id, seconds=body.seconds
    )


@router.post("/trades/{trade_id}/closure", response_model=TradeAnswer)
async def close_trade(request: Request, trade_id: TradeId, caller: Writer) -> Response:
    """Withdraw an unpaid trade; or, as the seller, one not shipped yet, and the buyer has all her money back."""
    return await commands.run(request, actions.close, trade_answer, status=200, trade_id=trade_id)


@router.get("/trades")
async def list_trades(
    request: Request,
    caller: Reader,
    paging: Paging,
    merchant_id: Annotated[MerchantId | None, Query()] = None,
    state: TradeState | None = None,
) -> Page[TradeAnswer]:
    """A merchant's trades, or, without one, those the customer bought or is asked to pay; newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        if merchant_id is None:
            rows = await queries.deals_of_buyer(connection, customer_of(caller), state, before, paging.limit + 1)
        else:
            await _require_merchant(connection, caller, merchant_id)
            rows = await queries.deals_of_merchant(connection, merchant_id, state, before, paging.limit + 1)
    items = [trade_answer(deal) for deal in rows]
    return Page[TradeAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/trades/{trade_id}")
async def read_trade(request: Request, trade_id: TradeId, caller: Reader) -> TradeAnswer:
    """For both parties and, while anyone may pay it, any customer who was given its id."""
    async with runtime_of(request).reading() as connection:
        deal = await queries.deal_with(connection, trade_id)
    if deal is None or not (party_of(deal, caller.party, caller.customer) or caller.may("payments:operate")):
        raise UnknownTrade("no such trade")
    return trade_answer(deal)


@router.post("/trade-categories/{category}", status_code=201, response_model=TradeCategoryAnswer)
async def set_trade_category(
    request: Request, category: Annotated[CategoryCode, Path()], body: SetTradeCategoryRequest, caller: Operator
) -> Response:
    """A new version of a category's deadlines, from now or later; trades made before keep theirs."""
    return await commands.run(
        request,
        category_actions.set_category,
        category_answer,
        category=category,
        valid_from=body.valid_from,
        times=body.times(),
        default_buyer_share=body.default_buyer_share,
        source=body.source,
    )


@router.get("/trade-categories")
async def list_trade_categories(request: Request, caller: Reader, paging: Paging) -> Page[TradeCategoryAnswer]:
    """All versions of all categories: the last whose `valid_from` has come is in force."""
    after = (paging.after[0], paging.after[1]) if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await category_queries.list_categories(connection, after, paging.limit + 1)
    items = [category_answer(row) for row in rows]
    return Page[TradeCategoryAnswer].model_validate(page(items, paging, lambda row: (row.category, row.valid_from)))


async def _require_merchant(connection: AsyncConnection, caller: Caller, merchant_id: MerchantId) -> None:
    merchant = await merchant_with(connection, merchant_id)
    if merchant is None or not (merchant.owner == caller.party or caller.may("payments:operate")):
        raise UnknownMerchant("no such merchant", field="merchant_id")

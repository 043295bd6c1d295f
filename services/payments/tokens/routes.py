"""`/v1/token-…`: backed tokens bought, given, spent and redeemed by customers. `/v1/units/{code}/terms`: what may be done with them."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.ledger.queries import accounts_with
from services.payments.money_supply.routes import Code
from services.payments.tokens import actions, queries
from services.payments.tokens.errors import UnknownDeal
from services.payments.tokens.schemas import (
    DealId,
    TokenDealAnswer,
    TokenGiftRequest,
    TokenHoldingsAnswer,
    TokenPaymentRequest,
    TokenPurchaseRequest,
    TokenRedemptionRequest,
    TokenTermsAnswer,
    TokenTermsRequest,
    deal_answer,
    holding_answer,
    terms_answer,
)

router = APIRouter(prefix="/v1", tags=["tokens"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.post("/units/{code}/terms", status_code=201, response_model=TokenTermsAnswer)
async def state_token_terms(request: Request, code: Code, body: TokenTermsRequest, caller: Operator) -> Response:
    """From a day on: whether it is redeemed and given away, and what a customer may have and buy."""
    facts = {name: getattr(body, name) for name in TokenTermsRequest.model_fields}
    return await commands.run(request, actions.state_terms, terms_answer, unit=code, **facts)


@router.get("/units/{code}/terms")
async def list_token_terms(request: Request, code: Code, caller: Reader, paging: Paging) -> Page[TokenTermsAnswer]:
    """All that were stated, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.terms_of(connection, code, before, paging.limit + 1)
    items = [terms_answer(one) for one in rows]
    return Page[TokenTermsAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/token-purchases", status_code=201, response_model=TokenDealAnswer)
async def buy_tokens(request: Request, body: TokenPurchaseRequest, caller: Writer) -> Response:
    """Tokens for money of the customer's wallet, which is set aside for them."""
    return await commands.run(request, actions.buy_tokens, deal_answer, **body.model_dump())


@router.post("/token-redemptions", status_code=201, response_model=TokenDealAnswer)
async def redeem_own_tokens(request: Request, body: TokenRedemptionRequest, caller: Writer) -> Response:
    """Tokens burned for the money that is held for them, where the terms allow it."""
    return await commands.run(request, actions.redeem_tokens, deal_answer, **body.model_dump())


@router.post("/token-gifts", status_code=201, response_model=TokenDealAnswer)
async def give_tokens(request: Request, body: TokenGiftRequest, caller: Writer) -> Response:
    """Tokens to another customer, where the terms allow it."""
    return await commands.run(request, actions.give_tokens, deal_answer, **body.model_dump())


@router.post("/token-payments", status_code=201, response_model=TokenDealAnswer)
async def pay_order_with_tokens(request: Request, body: TokenPaymentRequest, caller: Writer) -> Response:
    """Pay all that is left of an order with tokens: they are burned, their money is the merchant's."""
    return await commands.run(request, actions.pay_order, deal_answer, **body.model_dump())


@router.get("/token-deals")
async def list_token_deals(request: Request, caller: Reader, paging: Paging) -> Page[TokenDealAnswer]:
    """What the customer bought, spent, redeemed, gave and got; an operator sees all; newest first."""
    customer_id = None if caller.may("payments:operate") else customer_of(caller)
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.deals_of(connection, customer_id, before, paging.limit + 1)
    items = [deal_answer(one) for one in rows]
    return Page[TokenDealAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/token-deals/{deal_id}")
async def read_token_deal(request: Request, deal_id: DealId, caller: Reader) -> TokenDealAnswer:
    async with runtime_of(request).reading() as connection:
        deal = await queries.deal_with(connection, deal_id)
    concerned = deal is not None and caller.customer in (deal.customer_id, deal.counterparty_id)
    if deal is None or not (concerned or caller.may("payments:operate")):
        raise UnknownDeal("no such deal")
    return deal_answer(deal)


@router.get("/token-holdings")
async def list_token_holdings(request: Request, caller: Reader) -> TokenHoldingsAnswer:
    """The customer's tokens, by unit."""
    async with runtime_of(request).reading() as connection:
        held = await queries.holdings_of(connection, customer_of(caller))
        accounts = await accounts_with(connection, [one.account_id for one in held])
    items = [holding_answer(one, accounts[one.account_id].settled, accounts[one.account_id].available) for one in held]
    return TokenHoldingsAnswer(items=items)

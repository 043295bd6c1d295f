"""`/v1/coins/{code}`: what is in force of a coin, what was stated of it, and its daily reports."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.coins import queries, regulation_actions, regulation_queries, rules
from services.payments.coins.errors import UnknownRail
from services.payments.coins.model import Price, Regulation, Terms
from services.payments.coins.schemas import (
    CoinAnswer,
    CoinDayAnswer,
    CoinPriceAnswer,
    CoinPriceRequest,
    CoinTermsAnswer,
    CoinTermsRequest,
    RegulationAnswer,
    RegulationRequest,
    coin_answer,
    day_answer,
    price_answer,
    regulation_answer,
    terms_answer,
)
from services.payments.money_supply.routes import Code

router = APIRouter(prefix="/v1/coins", tags=["coins"])
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("/{code}")
async def read_coin(request: Request, code: Code, caller: Reader) -> CoinAnswer:
    """Whether it is regulated today, and what that means."""
    runtime = runtime_of(request)
    async with runtime.transaction() as tx:
        if await queries.rail_of(tx.connection, code) is None:
            raise UnknownRail("the unit is not kept on a chain here")
        regulation = await regulation_queries.in_force(tx.connection, Regulation, code, tx.today)
        terms = await regulation_queries.in_force(tx.connection, Terms, code, tx.today)
        price = await regulation_queries.in_force(tx.connection, Price, code, tx.today)
    return coin_answer(code, rules.is_regulated(regulation), terms, None if price is None else price.price)


@router.post("/{code}/terms", status_code=201, response_model=CoinTermsAnswer)
async def state_coin_terms(request: Request, code: Code, body: CoinTermsRequest, caller: Operator) -> Response:
    """From a day on: above which share it is regulated, and what that means."""
    facts = {name: getattr(body, name) for name in CoinTermsRequest.model_fields}
    return await commands.run(request, regulation_actions.state_terms, terms_answer, unit=code, **facts)


@router.get("/{code}/terms")
async def list_coin_terms(request: Request, code: Code, caller: Operator, paging: Paging) -> Page[CoinTermsAnswer]:
    """All that were stated, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await regulation_queries.stated(connection, Terms, code, before, paging.limit + 1)
    items = [terms_answer(one) for one in rows]
    return Page[CoinTermsAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/{code}/prices", status_code=201, response_model=CoinPriceAnswer)
async def state_coin_price(request: Request, code: Code, body: CoinPriceRequest, caller: Operator) -> Response:
    """What a whole coin is worth on a day, and until another is stated."""
    facts = {name: getattr(body, name) for name in CoinPriceRequest.model_fields}
    return await commands.run(request, regulation_actions.state_price, price_answer, unit=code, **facts)


@router.post("/{code}/regulations", status_code=201, response_model=RegulationAnswer)
async def state_coin_regulation(request: Request, code: Code, body: RegulationRequest, caller: Operator) -> Response:
    """From a day on it is regulated, or no more: then what was held is released."""
    facts = {name: getattr(body, name) for name in RegulationRequest.model_fields}
    return await commands.run(request, regulation_actions.state_regulation, regulation_answer, unit=code, **facts)


@router.get("/{code}/regulations")
async def list_coin_regulations(request: Request, code: Code, caller: Reader, paging: Paging) -> Page[RegulationAnswer]:
    """Since when it was regulated and until when, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await regulation_queries.stated(connection, Regulation, code, before, paging.limit + 1)
    items = [regulation_answer(one) for one in rows]
    return Page[RegulationAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{code}/days")
async def list_coin_days(request: Request, code: Code, caller: Operator, paging: Paging) -> Page[CoinDayAnswer]:
    """The daily reports, latest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await regulation_queries.days_of(connection, code, before, paging.limit + 1)
    items = [day_answer(one) for one in rows]
    return Page[CoinDayAnswer].model_validate(page(items, paging, lambda row: (row.day,)))

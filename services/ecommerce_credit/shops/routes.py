"""`/v1/shops` and `/v1/shop-claims`: whose shop it is, and what it sells."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.ecommerce_credit.errors import UnknownShop, UnknownShopClaim
from services.ecommerce_credit.sales import queries as sales_queries
from services.ecommerce_credit.shops import actions, queries
from services.ecommerce_credit.shops.model import Shop, ShopClaim
from services.ecommerce_credit.shops.rules import OPERATE, roles_of
from services.ecommerce_credit.shops.schemas import (
    ClaimAnswer,
    ClaimRequest,
    ClaimStateName,
    DecisionRequest,
    LinkRequest,
    MonthsAnswer,
    ShopAnswer,
    StepsAnswer,
    UnlinkRequest,
    claim_answer,
    months_answer,
    shop_answer,
    steps_answer,
)
from services.ecommerce_credit.wire_ids import ShopClaimId, ShopId

router = APIRouter(prefix="/v1", tags=["shops"])
Reader = Annotated[Caller, requires("ecommerce_credit:read")]
Writer = Annotated[Caller, requires("ecommerce_credit:write")]
Operator = Annotated[Caller, requires(OPERATE)]


@router.get("/shops")
async def list_shops(
    request: Request,
    caller: Reader,
    paging: Paging,
    marketplace: Annotated[str | None, Query(max_length=40)] = None,
    seller_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[ShopAnswer]:
    """The customer's own, newest first; an operator sees every shop."""
    owner = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection, owner=owner, marketplace=marketplace, seller_id=seller_id, before=before, limit=paging.limit
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[ShopAnswer](items=[shop_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/shops/{shop_id}")
async def read_shop(request: Request, caller: Reader, shop_id: ShopId) -> ShopAnswer:
    return shop_answer(await _visible(request, caller, shop_id))


@router.get("/shops/{shop_id}/months")
async def read_months(request: Request, caller: Reader, shop_id: ShopId, as_of_on: date | None = None) -> MonthsAnswer:
    """What the shop sold month by month, as its marketplace tells it; today's orders too unless a day is given."""
    shop = await _visible(request, caller, shop_id)
    runtime = runtime_of(request)
    until = as_of_on or business_day(await runtime.database.now(), runtime.settings.zone) + timedelta(days=1)
    async with runtime.reading() as connection:
        months = await sales_queries.months(connection, shop.marketplace, shop.seller_id, until)
    return months_answer(shop, until, months)


@router.post("/shops/{shop_id}/owner", status_code=201, response_model=ClaimAnswer)
async def link_owner(request: Request, body: LinkRequest, caller: Operator, shop_id: ShopId) -> Response:
    """Make a customer the owner, with the operator's own word for it; other claims to the shop yield."""
    return await commands.run(
        request, actions.link, claim_answer, shop_id=shop_id, customer=body.customer, note=body.note
    )


@router.post("/shops/{shop_id}/owner-removal", status_code=200, response_model=ShopAnswer)
async def unlink_owner(request: Request, body: UnlinkRequest, caller: Operator, shop_id: ShopId) -> Response:
    """End an ownership; not while the owner has a credit line on the shop."""
    return await commands.run(request, actions.unlink, shop_answer, status=200, shop_id=shop_id, note=body.note)


@router.post("/shop-claims", status_code=201, response_model=ClaimAnswer)
async def claim_shop(request: Request, body: ClaimRequest, caller: Writer) -> Response:
    """Say that a shop is yours; an operator decides."""
    return await commands.run(
        request, actions.claim, claim_answer, marketplace=body.marketplace, seller_id=body.seller_id
    )


@router.get("/shop-claims")
async def list_claims(
    request: Request, caller: Reader, paging: Paging, state: ClaimStateName | None = None
) -> Page[ClaimAnswer]:
    """The customer's own, newest first; an operator sees everybody's."""
    customer = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find_claims(connection, customer=customer, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[ClaimAnswer](items=[claim_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/shop-claims/{claim_id}")
async def read_claim(request: Request, caller: Reader, claim_id: ShopClaimId) -> ClaimAnswer:
    return claim_answer(await _visible_claim(request, caller, claim_id))


@router.get("/shop-claims/{claim_id}/steps")
async def read_claim_steps(request: Request, caller: Operator, claim_id: ShopClaimId) -> StepsAnswer:
    """Every step of a claim and who took it."""
    await _visible_claim(request, caller, claim_id)
    async with runtime_of(request).reading() as connection:
        return steps_answer(await queries.steps(connection, claim_id))


@router.post("/shop-claims/{claim_id}/decision", status_code=200, response_model=ClaimAnswer)
async def decide_claim(request: Request, body: DecisionRequest, caller: Operator, claim_id: ShopClaimId) -> Response:
    """Approve or decline a claim."""
    return await commands.run(
        request,
        actions.decide,
        claim_answer,
        status=200,
        claim_id=claim_id,
        approve=body.decision == "approve",
        note=body.note,
    )


@router.post("/shop-claims/{claim_id}/withdrawal", status_code=200, response_model=ClaimAnswer)
async def withdraw_claim(request: Request, caller: Writer, claim_id: ShopClaimId) -> Response:
    """Take a claim back before it is decided."""
    return await commands.run(request, actions.withdraw, claim_answer, status=200, claim_id=claim_id)


async def _visible(request: Request, caller: Caller, shop_id: ShopId) -> Shop:
    async with runtime_of(request).reading() as connection:
        shop = await queries.load(connection, shop_id)
    if shop is None or not (shop.owner == caller.party or caller.may(OPERATE)):
        raise UnknownShop("no such shop", field="shop_id")
    return shop


async def _visible_claim(request: Request, caller: Caller, claim_id: ShopClaimId) -> ShopClaim:
    async with runtime_of(request).reading() as connection:
        claim = await queries.load_claim(connection, claim_id)
    if claim is None or not roles_of(caller, claim):
        raise UnknownShopClaim("no such claim", field="claim_id")
    return claim

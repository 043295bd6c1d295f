"""`/v1/slices`: what a first lender sells, matched to buyers in amount and term."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands, wire
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.schemas import rate_text
from services.p2p.lender_fees import queries as fee_queries
from services.p2p.lender_fees.model import Chargeable
from services.p2p.loans import queries as loan_queries
from services.p2p.programmes.model import LenderFees
from services.p2p.programmes.schemas import ProgrammeCode
from services.p2p.resale import queries, slices
from services.p2p.resale.model import Match
from services.p2p.resale.pricing import quote
from services.p2p.resale.schemas import (
    MatchAnswer,
    MatchesAnswer,
    SaleAnswer,
    SliceRefusalAnswer,
    SlicesRequest,
    own_sale_answer,
)

router = APIRouter(prefix="/v1", tags=["resale"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]


@router.post("/slices", status_code=201, response_model=SaleAnswer)
async def offer_slices(request: Request, body: SlicesRequest, caller: Writer) -> Response:
    """A first lender offers slices of a claim. A promise shorter than the claim, or of several claims, is refused and reported."""
    return await commands.run(
        request,
        slices.offer_slices,
        own_sale_answer,
        claim_ids=body.claim_ids,
        principal_minor=body.amount,
        currency=body.currency,
        price_share=body.price_share,
        promised_on=body.promised_on,
    )


@router.get("/slice-matches")
async def match_slices(
    request: Request,
    caller: Reader,
    programme: ProgrammeCode,
    amount: Annotated[int, Query(ge=1, le=wire.LARGEST_AMOUNT, description="minor units")],
    currency: Annotated[str, Query(pattern=wire.CURRENCY_PATTERN)],
    until_on: Annotated[date, Query(description="until when the money is not needed")],
) -> MatchesAnswer:
    """Which slices fit an amount and a term: every one is repaid by then, and is bought by itself. Writes nothing."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    today = business_day(now, runtime.settings.zone)
    async with runtime.reading() as connection:
        assets = await slices.open_assets(connection, programme, currency, until_on=until_on, now=now)
        found = slices.match(assets, amount_minor=amount, until_on=until_on)
        buyer = await fee_queries.chargeable(connection, caller.party, programme, currency, LenderFees(), today)
        items = await _priced(connection, found, buyer, today)
    matched = sum(one.principal_minor for one in found)
    return MatchesAnswer(
        programme=programme,
        currency=currency,
        until_on=until_on,
        amount=amount,
        matched_minor=matched,
        unmatched_minor=amount - matched,
        items=items,
    )


@router.get("/slice-refusals")
async def list_slice_refusals(request: Request, caller: Operator, paging: Paging) -> Page[SliceRefusalAnswer]:
    """What first lenders tried to promise and was refused by rule, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find_refusals(connection, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [SliceRefusalAnswer.model_validate(row) for row in shown["items"]]
    return Page[SliceRefusalAnswer](items=items, next=shown["next"])


async def _priced(connection: AsyncConnection, found: list[Match], buyer: Chargeable, today: date) -> list[MatchAnswer]:
    """buyer: how she stands under the programme; fees are those of each loan's own version."""
    sales = [one.asset.sale for one in found]
    claims = await claim_queries.load_many(connection, [sale.claim_id for sale in sales])
    loans = await loan_queries.load_many(connection, [sale.loan_id for sale in sales])
    unpaid = await loan_queries.unpaid_rows(connection, [sale.loan_id for sale in sales])
    answers = []
    for one in found:
        sale = one.asset.sale
        shown = quote(
            claims[sale.claim_id],
            loans[sale.loan_id],
            unpaid[sale.loan_id],
            one.asset.terms,
            principal_minor=one.principal_minor,
            price_share=sale.price_share,
            day=today,
            buyer=replace(buyer, fees=one.asset.fees),
        )
        answers.append(
            MatchAnswer(
                sale_id=sale.id,
                loan_id=sale.loan_id,
                amount=one.principal_minor,
                price_minor=shown.price_minor,
                last_due_on=one.asset.last_due_on,
                xirr=rate_text(shown.xirr),
                gross_xirr=rate_text(shown.gross_xirr),
            )
        )
    return answers

"""`/v1/claims/{id}/sales`, `/v1/sales`, `/v1/purchases`: claims sold from lender to lender."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands, wire
from chassis.clock import business_day
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.model import Claim
from services.p2p.lender_fees import queries as fee_queries
from services.p2p.lender_fees.model import Chargeable
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.resale import actions, buying, queries, rules
from services.p2p.resale.errors import UnknownClaim, UnknownPurchase, UnknownSale
from services.p2p.resale.model import Purchase, PurchaseState
from services.p2p.resale.pricing import quote
from services.p2p.resale.schemas import (
    PurchaseAnswer,
    PurchaseRequest,
    QuoteAnswer,
    SaleAnswer,
    SaleRequest,
    SaleStateName,
    bought_answer,
    own_sale_answer,
    purchase_answer,
    quote_answer,
    sale_answer,
)
from services.p2p.wire_ids import ClaimId, LoanId, PurchaseId, SaleId

router = APIRouter(prefix="/v1", tags=["resale"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
AmountAsked = Annotated[
    int | None, Query(ge=1, le=wire.LARGEST_AMOUNT, description="of principal; unless told, all there is of it")
]
ShareAsked = Annotated[Decimal, Query(gt=0, le=10, max_digits=8, decimal_places=6)]
RateAsked = Annotated[
    Decimal | None,
    Query(ge=0, le=10, max_digits=8, decimal_places=6, description="yearly, compounded; the loan's own unless told"),
]
OPERATE = "p2p:operate"

PENDING: dict[int | str, dict[str, Any]] = {202: {"model": PurchaseAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, purchase_id: UUID) -> Purchase:
    purchase = await queries.purchase(connection, purchase_id)
    assert purchase is not None
    return purchase


_SETTLE = Continuation(job=buying.SETTLE_JOB, load=_load, pending=lambda it: it.state is PurchaseState.PENDING)


@router.post("/claims/{claim_id}/sales", status_code=201, response_model=SaleAnswer)
async def offer_claim(request: Request, body: SaleRequest, caller: Writer, claim_id: ClaimId) -> Response:
    """Offer a claim of one's own, whole or in part, until the next row is due at the latest."""
    return await commands.run(
        request,
        actions.offer,
        own_sale_answer,
        claim_id=claim_id,
        principal_minor=body.amount,
        currency=body.currency,
        price_share=body.price_share,
    )


@router.post("/sales/{sale_id}/withdrawal", status_code=200, response_model=SaleAnswer)
async def withdraw_sale(request: Request, caller: Writer, sale_id: SaleId) -> Response:
    """Take an open offer back. What was bought of it stays bought."""
    return await commands.run(request, actions.withdraw, own_sale_answer, status=200, sale_id=sale_id)


@router.post("/sales/{sale_id}/purchases", status_code=201, response_model=PurchaseAnswer, responses=PENDING)
async def buy_claim(request: Request, body: PurchaseRequest, caller: Writer, sale_id: SaleId) -> Response:
    """Buy of a sale at the price its quote shows today. 201 with `settled` or `refused`; 202 while it is unknown."""
    return await commands.run(
        request,
        buying.buy,
        bought_answer,
        continuation=_SETTLE,
        sale_id=sale_id,
        principal_minor=body.amount,
        price_minor=body.price_minor,
        currency=body.currency,
    )


@router.get("/sales")
async def list_sales(
    request: Request,
    caller: Reader,
    paging: Paging,
    state: SaleStateName = "open",
    loan_id: LoanId | None = None,
    mine: bool = False,
) -> Page[SaleAnswer]:
    """What is offered, newest first; mine: the caller's own sales, in that state."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find_sales(
            connection,
            seller=caller.party if mine else None,
            state=state,
            loan_id=loan_id,
            before=before,
            limit=paging.limit,
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [sale_answer(row, private=row.seller == caller.party or caller.may(OPERATE)) for row in shown["items"]]
    return Page[SaleAnswer](items=items, next=shown["next"])


@router.get("/sales/{sale_id}")
async def read_sale(request: Request, caller: Reader, sale_id: SaleId) -> SaleAnswer:
    async with runtime_of(request).reading() as connection:
        sale = await queries.sale(connection, sale_id)
    if sale is None:
        raise UnknownSale("no such sale", field="sale_id")
    return sale_answer(sale, private=sale.seller == caller.party or caller.may(OPERATE))


@router.get("/sales/{sale_id}/quote")
async def read_quote(
    request: Request, caller: Reader, sale_id: SaleId, amount: AmountAsked = None, discount_rate: RateAsked = None
) -> QuoteAnswer:
    """Before buying: price, fair price, accrued interest and who receives it, the buyer's yield and cash flow."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        sale = await queries.sale(connection, sale_id)
        if sale is None:
            raise UnknownSale("no such sale", field="sale_id")
        known = await _known(connection, sale.claim_id)
        fees, code = known.programme.lender_fees, known.loan.programme_code
        today = business_day(now, runtime.settings.zone)
        buyer = await fee_queries.chargeable(connection, caller.party, code, sale.currency, fees, today)
    rules.require_buyable(sale, known.claim, now)
    principal = sale.left_minor if amount is None else amount
    rules.require_slice_of(sale, known.programme, principal_minor=principal, currency=sale.currency)
    return _quoted(known, principal, sale.price_share, today, discount_rate, buyer)


@router.get("/claims/{claim_id}/sale-quote")
async def read_sale_quote(
    request: Request,
    caller: Reader,
    claim_id: ClaimId,
    price_share: ShareAsked = Decimal(1),
    amount: AmountAsked = None,
    discount_rate: RateAsked = None,
) -> QuoteAnswer:
    """Before offering: what a claim of one's own would cost, bring after the fee, and yield to its buyer today."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        claim = await claim_queries.load(connection, claim_id)
        if claim is None or claim.holder != caller.party:
            raise UnknownClaim("no such claim", field="claim_id")
        known = await _known(connection, claim_id)
    rules.require_held_long_enough(claim, rules.terms_of(known.programme), today)
    principal = claim.outstanding_minor if amount is None else amount
    rules.require_offerable(
        claim, known.programme, principal_minor=principal, currency=claim.currency, price_share=price_share
    )
    anybody = Chargeable(known.programme.lender_fees, 0, 0, today.replace(day=1))
    return _quoted(known, principal, price_share, today, discount_rate, anybody)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a claim is priced from."""

    claim: Claim
    loan: Loan
    unpaid: list[LoanRow]
    programme: Programme


async def _known(connection: AsyncConnection, claim_id: UUID) -> _Known:
    claim = await claim_queries.load(connection, claim_id)
    assert claim is not None
    loan = await loan_queries.load(connection, claim.loan_id)
    assert loan is not None
    unpaid = (await loan_queries.unpaid_rows(connection, [loan.id]))[loan.id]
    programme = await programme_queries.version(connection, loan.programme_code, loan.programme_version)
    assert programme is not None
    return _Known(claim, loan, unpaid, programme)


def _quoted(
    known: _Known,
    principal_minor: int,
    price_share: Decimal,
    today: date,
    discount_rate: Decimal | None,
    buyer: Chargeable,
) -> QuoteAnswer:
    rules.require_resellable(known.loan, known.unpaid, today)
    terms = rules.terms_of(known.programme)
    shown = quote(
        known.claim,
        known.loan,
        known.unpaid,
        terms,
        principal_minor=principal_minor,
        price_share=price_share,
        day=today,
        discount_rate=discount_rate,
        buyer=buyer,
    )
    return quote_answer(shown, known.claim.id, price_share, known.loan, known.unpaid, known.programme, terms)


@router.get("/purchases")
async def list_purchases(
    request: Request, caller: Reader, paging: Paging, sale_id: SaleId | None = None
) -> Page[PurchaseAnswer]:
    """What the caller bought and sold, newest first; an operator sees everybody's."""
    party = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find_purchases(connection, party=party, sale_id=sale_id, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[PurchaseAnswer](
        items=[purchase_answer(row, reader=party) for row in shown["items"]], next=shown["next"]
    )


@router.get("/purchases/{purchase_id}")
async def read_purchase(request: Request, caller: Reader, purchase_id: PurchaseId) -> PurchaseAnswer:
    party = None if caller.may(OPERATE) else caller.party
    async with runtime_of(request).reading() as connection:
        purchase = await queries.purchase(connection, purchase_id)
    if purchase is None or party not in (None, purchase.buyer, purchase.seller):
        raise UnknownPurchase("no such purchase", field="purchase_id")
    return purchase_answer(purchase, reader=party)

"""The story of an offer and the queue: the first order in it that may buy takes its slice, by the same door as a buyer by hand.

The book is locked first, then the loan and the sale: so what a look sees is exact, and the same book and offer give the same buyer.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.model import Claim
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes.model import Programme, ResaleTerms
from services.p2p.resale import actions as resale_actions
from services.p2p.resale import buying
from services.p2p.resale import queries as resale_queries
from services.p2p.resale import rules as resale_rules
from services.p2p.resale.model import Purchase, Sale
from services.p2p.resale.pricing import quote
from services.p2p.sale_matching import queries, rules
from services.p2p.sale_matching.model import Buyer, Offered, SaleDecision, SaleLook, SaleVerdict, Slice
from services.p2p.standing_orders import purchases
from services.p2p.standing_orders import queries as order_queries
from services.p2p.standing_orders.rules import takes_orders, takes_plans

LOOK, MOST_LOOKED = 64, 1_024
"""Orders that a look fetches at a time, and asks at most."""


class _Priced(NamedTuple):
    """What a slice of an offer is priced from."""

    sale: Sale
    claim: Claim
    loan: Loan
    unpaid: list[LoanRow]
    programme: Programme
    terms: ResaleTerms


class _Asked(NamedTuple):
    """An order with what it was refused for, or the slice that it bought."""

    buyer: Buyer
    reason: str | None
    slice: Slice | None = None
    purchase: Purchase | None = None


async def next_purchase(tx: Tx, caller: Caller, *, sale_id: UUID) -> Purchase | None:
    """Whom the queue has for what is left of an offer. None where nothing may be bought of it now, or nobody buys."""
    known = await resale_queries.sale(tx.connection, sale_id)
    if known is None:
        return None
    await order_queries.lock_book(tx.connection)
    loan, sale = await resale_actions.locked_with_loan(tx, known.loan_id, sale_id)
    priced = await _priced(tx, loan, sale)
    offered = None if priced is None else _offered(tx, priced)
    if priced is None or offered is None:
        return None
    asked = await _ask(tx, priced, offered)
    bought = asked[-1].purchase if asked else None
    number = await queries.last_number(tx.connection, sale_id) + 1
    # The same orders are skipped each time anew: only the first time, and what made somebody buy, is written down.
    if asked and (bought is not None or number == 1):
        await _write(tx, offered, number, asked)
    return bought


async def _priced(tx: Tx, loan: Loan, sale: Sale) -> _Priced | None:
    """None where nothing of a locked sale may be bought now."""
    claim = await claim_queries.load(tx.connection, sale.claim_id, lock=True)
    assert claim is not None
    programme, unpaid = await resale_actions.programme_of(tx, loan), await resale_actions.unpaid_rows(tx, loan)
    try:
        resale_rules.require_buyable(sale, claim, tx.now)
        resale_rules.require_resellable(loan, unpaid, tx.today)
        await resale_actions.require_settled(tx, loan.id)
    except Refusal:
        return None
    if not takes_orders(programme):
        return None
    return _Priced(sale, claim, loan, unpaid, programme, resale_rules.terms_of(programme))


def _offered(tx: Tx, priced: _Priced) -> Offered | None:
    """None where its yield is no number: nobody's floor can be compared with it."""
    sale, loan = priced.sale, priced.loan
    shown = quote(
        priced.claim,
        loan,
        priced.unpaid,
        priced.terms,
        principal_minor=sale.left_minor,
        price_share=sale.price_share,
        day=tx.today,
    )
    if shown.gross_xirr is None:
        return None
    return Offered(
        sale_id=sale.id,
        loan_id=loan.id,
        programme=loan.programme_code,
        grade=loan.grade,
        currency=sale.currency,
        seller=sale.seller,
        borrower=loan.borrower,
        price_share=sale.price_share,
        yield_rate=Decimal(f"{shown.gross_xirr:.6f}"),
        longest_months=rules.months_until(tx.today, priced.unpaid[-1].due_on),
        left_minor=sale.left_minor,
        loan_minor=loan.principal_minor,
        lot_minor=priced.programme.lot_minor,
        in_parts=priced.terms.in_parts,
        lender_share=priced.programme.largest_lender_share,
        at=tx.now,
        for_plans=takes_plans(priced.programme),
    )


async def _ask(tx: Tx, priced: _Priced, offered: Offered) -> list[_Asked]:
    """Along the queue until somebody buys."""
    asked: list[_Asked] = []
    after = 0
    while len(asked) < MOST_LOOKED:
        found = await queries.front(tx.connection, offered, after=after, limit=LOOK)
        for buyer in found:
            asked.append(await _try(tx, priced, offered, buyer))
            if asked[-1].purchase is not None:
                return asked
        if len(found) < LOOK:
            break
        after = found[-1].place
    return asked


async def _try(tx: Tx, priced: _Priced, offered: Offered, buyer: Buyer) -> _Asked:
    def price(principal_minor: int) -> int:
        return quote(
            priced.claim,
            priced.loan,
            priced.unpaid,
            priced.terms,
            principal_minor=principal_minor,
            price_share=offered.price_share,
            day=tx.today,
        ).price_minor

    wanted = rules.slice_of(buyer.bounds, buyer.left_minor, buyer.held_minor, offered, price)
    if isinstance(wanted, str):
        return _Asked(buyer, wanted)
    try:
        purchase = await buying.buy(
            tx,
            Caller(buyer.lender, "p2p"),
            sale_id=offered.sale_id,
            principal_minor=wanted.principal_minor,
            price_minor=wanted.price_minor,
            currency=offered.currency,
            standing_order_id=buyer.id,
        )
    except Refusal as refusal:
        return _Asked(buyer, refusal.code)
    return _Asked(buyer, None, wanted, purchase)


async def _write(tx: Tx, offered: Offered, number: int, asked: Sequence[_Asked]) -> None:
    """The look, and the order that bought at the tail of the queue."""
    moment, place = await order_queries.moments(tx.connection, 2)
    look = SaleLook(
        sale_id=offered.sale_id,
        number=number,
        moment=moment,
        left_minor=offered.left_minor,
        yield_rate=offered.yield_rate,
        longest_months=offered.longest_months,
        considered=len(asked),
        looked_at=tx.now,
    )
    await queries.add(tx.connection, look, [_decision(look, at, one, place) for at, one in enumerate(asked, start=1)])
    last = asked[-1]
    if last.slice is not None:
        await purchases.take(tx, last.buyer.id, last.slice.price_minor, place)


def _decision(look: SaleLook, position: int, asked: _Asked, place: int) -> SaleDecision:
    buyer, taken = asked.buyer, asked.slice
    return SaleDecision(
        sale_id=look.sale_id,
        look=look.number,
        position=position,
        order_id=buyer.id,
        verdict=SaleVerdict.SKIPPED if taken is None else SaleVerdict.CHOSEN,
        reason=asked.reason,
        amount_minor=0 if taken is None else taken.principal_minor,
        price_minor=0 if taken is None else taken.price_minor,
        bound_by=None if taken is None else taken.bound_by,
        purchase_id=None if asked.purchase is None else asked.purchase.id,
        version=buyer.version,
        place=buyer.place,
        queued_at=buyer.queued_at,
        place_after=None if taken is None else place,
        committed_minor=buyer.committed_minor + (0 if taken is None else taken.price_minor),
    )

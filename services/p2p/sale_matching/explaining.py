"""Why a standing order bought of an offer, or did not: worked out from what each look saw, never from the book as it is now."""

from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.loans import queries as loan_queries
from services.p2p.matching import queries as matching_queries
from services.p2p.matching.model import Seen
from services.p2p.programmes import queries as programme_queries
from services.p2p.resale import queries as resale_queries
from services.p2p.resale.model import Purchase, PurchaseState, Sale
from services.p2p.sale_matching import queries
from services.p2p.sale_matching.model import Offered, SaleDecision, SaleLook
from services.p2p.sale_matching.rules import obstacles
from services.p2p.standing_orders.model import OrderState, StandingOrder
from services.p2p.standing_orders.rules import takes_plans

_OF_PURCHASES = {
    PurchaseState.PENDING: "waiting",
    PurchaseState.SETTLED: "bought",
    PurchaseState.REFUSED: "refused",
}


@dataclass(frozen=True, slots=True)
class SaleReason:
    """verdict: `bought`, `refused`, `waiting`, `skipped`, `not_eligible`, `not_reached`; reasons: codes; seen: the order as the look saw
    it, None where it had not been made."""

    look: SaleLook
    verdict: str
    reasons: tuple[str, ...]
    seen: Seen | None
    decision: SaleDecision | None = None
    purchase: Purchase | None = None


async def explain(
    connection: AsyncConnection, order: StandingOrder, sale: Sale, *, after: int, limit: int
) -> list[SaleReason]:
    """For each look for an offer, oldest first, at most limit + 1."""
    decided = {one.look: one for one in await queries.decisions_of(connection, order.id, sale.id)}
    found = []
    for look in await queries.looks(connection, sale.id, after=after, limit=limit):
        decision = decided.get(look.number)
        if decision is not None:
            found.append(await _decided(connection, look, decision))
        else:
            found.append(await _undecided(connection, look, order, sale))
    return found


async def _decided(connection: AsyncConnection, look: SaleLook, decision: SaleDecision) -> SaleReason:
    seen = Seen(decision.version, "active", decision.place, decision.committed_minor - decision.price_minor)
    if decision.purchase_id is None:
        return SaleReason(look, "skipped", (decision.reason or "",), seen, decision)
    purchase = await resale_queries.purchase(connection, decision.purchase_id)
    assert purchase is not None
    why = () if purchase.reason is None else (purchase.reason,)
    return SaleReason(look, _OF_PURCHASES[purchase.state], why, seen, decision, purchase)


async def _undecided(connection: AsyncConnection, look: SaleLook, order: StandingOrder, sale: Sale) -> SaleReason:
    seen = await matching_queries.seen_at(connection, order.id, look.moment)
    if seen is None:
        return SaleReason(look, "not_eligible", ("not_made_yet",), None)
    as_seen = replace(
        order,
        version=seen.version,
        state=OrderState(seen.state),
        place=seen.place,
        committed_minor=seen.committed_minor,
    )
    found = obstacles(as_seen, await _offered(connection, look, sale))
    if found:
        return SaleReason(look, "not_eligible", tuple(found), seen)
    if await queries.refused_before(connection, order.id, sale.id, look.number):
        return SaleReason(look, "not_eligible", ("refused_before",), seen)
    if await queries.holds_apart(connection, order, sale.loan_id):
        return SaleReason(look, "not_eligible", ("plan_holds_claim",), seen)
    return SaleReason(look, "not_reached", ("sold_before",), seen)


async def _offered(connection: AsyncConnection, look: SaleLook, sale: Sale) -> Offered:
    """As the look saw it; what a slice of it costs is no question here."""
    loan = await loan_queries.load(connection, sale.loan_id)
    assert loan is not None
    programme = await programme_queries.version(connection, loan.programme_code, loan.programme_version)
    assert programme is not None
    return Offered(
        sale_id=sale.id,
        loan_id=loan.id,
        programme=loan.programme_code,
        grade=loan.grade,
        currency=sale.currency,
        seller=sale.seller,
        borrower=loan.borrower,
        price_share=sale.price_share,
        yield_rate=look.yield_rate,
        longest_months=look.longest_months,
        left_minor=look.left_minor,
        loan_minor=loan.principal_minor,
        lot_minor=1,
        in_parts=True,
        lender_share=Decimal(1),
        at=look.looked_at,
        for_plans=takes_plans(programme),
    )

"""Which claims are of plans, and that they stay apart from what their holders lend and buy by hand.

A lender has one claim on a loan. Were a part of it a plan's and a part her own, every repayment and every sale would have to be divided
between the two; so a claim is wholly the one or the other.
"""

from uuid import UUID

from chassis.database import Tx
from services.p2p.enrolments import holding_queries as queries
from services.p2p.enrolments.errors import PlanHoldsClaim, PlanLendsHere


async def record_lent(tx: Tx, loan_id: UUID) -> None:
    """Claims were made of the bids of a loan: those of plans' orders are the plans'."""
    await queries.record_lent(tx.connection, loan_id)


async def record_bought(tx: Tx, order_id: UUID | None, claim_id: UUID) -> None:
    """order_id: of the standing order that bought the claim, if one did."""
    if order_id is not None:
        await queries.record_bought(tx.connection, order_id, claim_id)


async def require_free(tx: Tx, claim_id: UUID) -> None:
    """Before its holder offers a claim, or takes an offer of it back. Raises PlanHoldsClaim."""
    if await queries.is_bound(tx.connection, claim_id):
        raise PlanHoldsClaim("the plan she is in sells it when she leaves", field="claim_id")


async def require_apart(tx: Tx, loan_id: UUID, buyer: str, order_id: UUID | None) -> None:
    """Before a claim on a locked loan is bought by hand, or by a standing order. Raises PlanHoldsClaim."""
    holds, by = await queries.holding_order(tx.connection, loan_id, buyer)
    plan = order_id if order_id is not None and await queries.is_managed(tx.connection, order_id) else None
    if holds and by != plan:
        raise PlanHoldsClaim("her claim on this loan is a plan's, or is not this plan's", field="sale_id")


async def require_not_lending(tx: Tx, listing_id: UUID, lender: str) -> None:
    """Before she bids by hand in a locked listing. Raises PlanLendsHere."""
    if await queries.bids_by_plan(tx.connection, listing_id, lender):
        raise PlanLendsHere("her plan lends in this listing", field="listing_id")

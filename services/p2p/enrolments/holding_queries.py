"""The SQL of which claims are of plans."""

from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.bids.tables import bids
from services.p2p.claims.tables import claims
from services.p2p.enrolments.model import EnrolmentState
from services.p2p.enrolments.tables import enrolments, plan_claims
from services.p2p.standing_orders.tables import standing_orders

_LENT = text("""
    INSERT INTO plan_claims (claim_id, standing_order_id)
    SELECT DISTINCT c.id, o.id FROM bids b JOIN standing_orders o ON o.id = b.standing_order_id AND o.managed
        JOIN claims c ON c.loan_id = b.loan_id AND c.holder = b.lender
    WHERE b.listing_id = (SELECT listing_id FROM loans WHERE id = :loan_id) AND b.loan_id = :loan_id AND b.state = 'funded'
""")


async def record_lent(connection: AsyncConnection, loan_id: UUID) -> None:
    """Of a loan that was just paid out, the claims that orders of plans lent on."""
    await connection.execute(_LENT, {"loan_id": loan_id})


async def record_bought(connection: AsyncConnection, order_id: UUID, claim_id: UUID) -> None:
    managed = select(standing_orders.c.id).where(standing_orders.c.id == order_id, standing_orders.c.managed)
    if (await connection.execute(managed)).first() is not None:
        row = {"claim_id": claim_id, "standing_order_id": order_id}
        await connection.execute(insert(plan_claims).values(row).on_conflict_do_nothing())


async def is_managed(connection: AsyncConnection, order_id: UUID) -> bool:
    wanted = select(standing_orders.c.managed).where(standing_orders.c.id == order_id)
    return bool((await connection.execute(wanted)).scalar_one())


async def holding_order(connection: AsyncConnection, loan_id: UUID, holder: str) -> tuple[bool, UUID | None]:
    """Whether she has a claim on the loan, at 0 or not, and the plan's order that it is of: none once that plan is over."""
    over = [EnrolmentState.ENDED.value, EnrolmentState.CANCELLED.value]
    held = plan_claims.join(enrolments, enrolments.c.standing_order_id == plan_claims.c.standing_order_id)
    wanted = (
        select(claims.c.id, plan_claims.c.standing_order_id)
        .outerjoin(held, (plan_claims.c.claim_id == claims.c.id) & enrolments.c.state.not_in(over))
        .where(claims.c.loan_id == loan_id, claims.c.holder == holder)
    )
    row = (await connection.execute(wanted)).one_or_none()
    return (False, None) if row is None else (True, row.standing_order_id)


async def is_bound(connection: AsyncConnection, claim_id: UUID) -> bool:
    """Whether the claim is of a plan that its holder is in."""
    joined = plan_claims.join(enrolments, enrolments.c.standing_order_id == plan_claims.c.standing_order_id)
    over = [EnrolmentState.ENDED.value, EnrolmentState.CANCELLED.value]
    wanted = select(
        exists(select(1).select_from(joined).where(plan_claims.c.claim_id == claim_id, enrolments.c.state.not_in(over)))
    )
    return bool((await connection.execute(wanted)).scalar_one())


async def bids_by_plan(connection: AsyncConnection, listing_id: UUID, lender: str) -> bool:
    """Whether an order of a plan of hers has a bid in the listing that was not given back."""
    joined = bids.join(standing_orders, standing_orders.c.id == bids.c.standing_order_id)
    wanted = (
        select(bids.c.id)
        .select_from(joined)
        .where(
            bids.c.listing_id == listing_id,
            bids.c.lender == lender,
            bids.c.state.in_(["pending", "placed", "funded"]),
            standing_orders.c.managed,
        )
    )
    return (await connection.execute(wanted)).first() is not None

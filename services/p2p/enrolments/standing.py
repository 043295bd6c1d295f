"""How an enrolment and the exit queue stand, and why a claim of one who is leaving is not sold yet. Reads alone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import Refusal
from services.p2p.claims.model import Claim
from services.p2p.enrolments import queries, reading_queries
from services.p2p.enrolments.model import Enrolment, ExitQueue, Left
from services.p2p.enrolments.rules import median
from services.p2p.loans import queries as loan_queries
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.resale import queries as resale_queries
from services.p2p.resale import rules as resale_rules

LATELY = timedelta(days=90)
MOST_LEFT = 1_000
"""Of those who got out lately, the newest."""


async def exit_queue(connection: AsyncConnection, currency: str, now: datetime, today: date) -> ExitQueue:
    """What one is shown before joining."""
    waiting, unsold, overdue, kept = await reading_queries.unsold(connection, currency, today)
    left = await reading_queries.left_since(connection, currency, now - LATELY, MOST_LEFT)
    days = [(out - since).days for since, out in left]
    return ExitQueue(waiting, unsold, overdue, kept, len(days), median(days), max(days, default=None))


async def claims_left(
    connection: AsyncConnection, enrolment: Enrolment, today: date, *, after: UUID | None, limit: int
) -> list[Left]:
    """Every claim of an enrolment, oldest first, at most limit + 1, each with its open offer, or why there is none."""
    found = await queries.claims_of(connection, enrolment.standing_order_id, after=after, limit=limit)
    sales = await resale_queries.live_of_claims(connection, [claim.id for claim in found])
    reasons = await _reasons(connection, found, today)
    return [
        Left(
            claim_id=claim.id,
            loan_id=claim.loan_id,
            outstanding_minor=claim.outstanding_minor,
            sale_id=sales[claim.id].id if claim.id in sales else None,
            sold_minor=claim.sold_minor,
            price_share=str(sales[claim.id].price_share) if claim.id in sales else None,
            reason=None if claim.id in sales else reasons[claim.id],
        )
        for claim in found
    ]


async def _reasons(connection: AsyncConnection, claims: Sequence[Claim], today: date) -> dict[UUID, str | None]:
    """What an offer of each would be refused for today; None where it could be offered."""
    loan_ids = sorted({claim.loan_id for claim in claims})
    loans = await loan_queries.load_many(connection, loan_ids)
    unpaid = await loan_queries.unpaid_rows(connection, loan_ids)
    programmes: dict[tuple[str, int], Programme] = {}
    found: dict[UUID, str | None] = {}
    for claim in claims:
        loan = loans[claim.loan_id]
        key = (loan.programme_code, loan.programme_version)
        if key not in programmes:
            programme = await programme_queries.version(connection, *key)
            assert programme is not None
            programmes[key] = programme
        try:
            if not claim.outstanding_minor:
                found[claim.id] = "nothing_left"
                continue
            resale_rules.require_resellable(loan, unpaid[loan.id], today)
            resale_rules.require_held_long_enough(claim, resale_rules.terms_of(programmes[key]), today)
            found[claim.id] = None
        except Refusal as refusal:
            found[claim.id] = refusal.code
    return found

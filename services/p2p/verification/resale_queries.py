"""What must hold of sales, purchases and the claims that passed on, whatever happened."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.resale.tables import claim_purchases

MOVEMENTS = (
    "SELECT 'purchase', id, loan_id, price_minor, currency, changed_at FROM claim_purchases WHERE state = 'pending'"
)
CHECKS = {
    "claims_follow_from_purchases": (
        "SELECT count(*) FROM claims WHERE bought_minor + sold_minor > 0",
        """SELECT claims.id FROM claims LEFT JOIN (
               SELECT claim_id, sum(bought) AS bought, sum(sold) AS sold FROM (
                   SELECT buyer_claim_id AS claim_id, principal_minor AS bought, 0 AS sold
                   FROM claim_purchases WHERE state = 'settled'
                   UNION ALL SELECT claim_id, 0, principal_minor FROM claim_purchases WHERE state = 'settled'
               ) AS passed GROUP BY claim_id
           ) AS passed ON passed.claim_id = claims.id
           WHERE claims.bought_minor < coalesce(passed.bought, 0) OR claims.sold_minor <> coalesce(passed.sold, 0)""",
    ),
    # Whoever pays for a loss holds the claim then, and bought it in that sense.
    "what_was_bought_was_sold_or_paid_for": (
        "SELECT count(*) FROM loans WHERE state <> 'cancelled'",
        """SELECT loan_id FROM claims GROUP BY loan_id
           HAVING sum(bought_minor) <> sum(sold_minor) + sum(compensated_minor)""",
    ),
    "sale_follows_from_purchases": (
        "SELECT count(*) FROM claim_sales",
        """SELECT claim_sales.id FROM claim_sales LEFT JOIN claim_purchases ON sale_id = claim_sales.id
           GROUP BY claim_sales.id
           HAVING coalesce(sum(claim_purchases.principal_minor) FILTER (WHERE claim_purchases.state = 'settled'), 0)
                   <> claim_sales.sold_minor
               OR (claim_sales.state = 'buying') <> coalesce(bool_or(claim_purchases.state = 'pending'), false)""",
    ),
    "open_sale_is_of_its_version": (
        "SELECT count(*) FROM claim_sales WHERE state = 'open'",
        """SELECT claim_sales.id FROM claim_sales JOIN claims ON claims.id = claim_id WHERE claim_sales.state = 'open'
           AND (claims.version <> claim_version OR claims.outstanding_minor < claim_sales.principal_minor - claim_sales.sold_minor)""",
    ),
    "purchase_has_its_cession": (
        "SELECT count(*) FROM claim_purchases WHERE state = 'settled'",
        """SELECT claim_purchases.id FROM claim_purchases LEFT JOIN claim_cessions ON claim_cessions.id = claim_purchases.id
           WHERE (state = 'settled') <> (claim_cessions.id IS NOT NULL) OR from_claim_id <> claim_id OR to_claim_id <> buyer_claim_id
               OR claim_purchases.principal_minor <> claim_cessions.principal_minor OR late_from_on <> traded_on
               OR (kept_from_on IS NOT NULL AND interest_from_on <> traded_on)""",
    ),
}
PREFIXES = {
    "claims_follow_from_purchases": "clm",
    "what_was_bought_was_sold_or_paid_for": "lon",
    "sale_follows_from_purchases": "sal",
    "open_sale_is_of_its_version": "sal",
    "purchase_has_its_cession": "pch",
    "sale_past_deadline": "sal",
}
STUCK = {"sale_past_deadline": "claim_sales"}


async def paid_for_claims(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, int]:
    """All that buyers paid for claims on each loan, fees included; minor units."""
    wanted = (
        select(claim_purchases.c.loan_id, func.sum(claim_purchases.c.price_minor))
        .where(claim_purchases.c.loan_id.in_(loan_ids), claim_purchases.c.state == "settled")
        .group_by(claim_purchases.c.loan_id)
    )
    return {row[0]: int(row[1]) for row in await connection.execute(wanted)}

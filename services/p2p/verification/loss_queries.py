"""What must hold of compensations, of the claims that passed for them, and of loans given up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.losses.tables import compensations

MOVEMENTS = """SELECT 'compensation', id, loan_id, principal_minor + interest_minor, currency, changed_at
    FROM compensations WHERE state = 'pending'"""
CHECKS = {
    "shares_make_up_the_compensation": (
        "SELECT count(*) FROM compensations",
        """SELECT compensations.id FROM compensations LEFT JOIN compensation_shares ON compensation_id = compensations.id
           GROUP BY compensations.id
           HAVING coalesce(sum(compensation_shares.principal_minor), 0) <> compensations.principal_minor
               OR coalesce(sum(compensation_shares.interest_minor), 0) <> compensations.interest_minor""",
    ),
    "claim_equals_its_compensations": (
        "SELECT count(*) FROM claims",
        """SELECT claims.id FROM claims LEFT JOIN (
               SELECT claim_id, sum(principal) AS principal FROM (
                   SELECT claim_id, compensation_shares.principal_minor AS principal
                   FROM compensation_shares JOIN compensations ON compensations.id = compensation_id WHERE state = 'paid'
                   UNION ALL
                   SELECT from_claim_id, claim_cessions.principal_minor FROM claim_cessions
                   JOIN repayments ON repayments.id = claim_cessions.id WHERE repayments.state = 'reversed'
               ) AS each GROUP BY claim_id
           ) AS paid ON paid.claim_id = claims.id
           WHERE claims.compensated_minor <> coalesce(paid.principal, 0)""",
    ),
    "payer_claims_what_it_paid_for": (
        "SELECT count(DISTINCT (loan_id, payer)) FROM compensations WHERE state = 'paid'",
        """SELECT min(compensations.id::text)::uuid FROM compensations
           LEFT JOIN claims ON claims.loan_id = compensations.loan_id AND claims.holder = payer
           WHERE state = 'paid' GROUP BY compensations.loan_id, payer
           HAVING max(coalesce(claims.bought_minor, 0)) < sum(compensations.principal_minor)""",
    ),
    "compensation_has_its_cessions": (
        "SELECT count(*) FROM compensations WHERE state = 'paid'",
        """SELECT compensations.id FROM compensations LEFT JOIN claim_cessions ON claim_cessions.id = compensations.id
           GROUP BY compensations.id
           HAVING coalesce(sum(claim_cessions.principal_minor), 0)
               <> CASE compensations.state WHEN 'paid' THEN compensations.principal_minor ELSE 0 END""",
    ),
    "advance_has_its_cessions": (
        "SELECT count(*) FROM reversal_parts",
        """SELECT DISTINCT repayment_id FROM reversal_parts JOIN repayments ON repayments.id = repayment_id
           LEFT JOIN claim_cessions ON claim_cessions.id = repayment_id AND from_claim_id = claim_id
           WHERE coalesce(claim_cessions.principal_minor, 0) > CASE state WHEN 'reversed' THEN advance_minor ELSE 0 END""",
    ),
    "backed_as_its_programme_says": (
        "SELECT count(*) FROM listings",
        """SELECT listings.id FROM listings JOIN programmes ON code = programme_code AND version = programme_version
           WHERE (SELECT count(*) FROM suretyships WHERE listing_id = listings.id) <> (
               SELECT count(*) FROM jsonb_array_elements(coalesce(terms -> 'loss_waterfall', '[]')) AS each (one)
               WHERE one ->> 'bearer' IN ('guarantor', 'originator'))""",
    ),
    "surety_counts_what_it_stands_behind": (
        "SELECT count(*) FROM suretyships",
        """SELECT suretyships.listing_id FROM suretyships JOIN listings ON listings.id = suretyships.listing_id
           LEFT JOIN loans ON loans.listing_id = listings.id AND loans.state <> 'cancelled'
           LEFT JOIN standing_suretyships AS standing ON standing.listing_id = suretyships.listing_id
               AND standing.kind = suretyships.kind
           WHERE listings.state NOT IN ('releasing', 'failed') AND loans.state IS DISTINCT FROM 'repaid'
               AND standing.surety_id IS DISTINCT FROM suretyships.surety_id""",
    ),
    "originator_holds_its_share": (
        "SELECT count(*) FROM listings WHERE retained_minor > 0 AND state = 'disbursed'",
        """SELECT listings.id FROM listings JOIN loans ON loans.listing_id = listings.id AND loans.disbursed_at IS NOT NULL
           LEFT JOIN claims ON claims.loan_id = loans.id AND claims.holder = retained_by
           WHERE retained_minor > 0 AND (claims.funded_minor IS DISTINCT FROM retained_minor OR claims.sold_minor > 0)""",
    ),
    "share_is_retained": (
        "SELECT count(*) FROM listings WHERE retained_minor IS NOT NULL",
        """SELECT listings.id FROM listings JOIN applications ON applications.id = application_id AND origination = 'partner'
           JOIN programmes ON code = programme_code AND version = programme_version
           WHERE retained_minor < listings.amount_minor * coalesce((terms -> 'originator' ->> 'retained_share')::numeric, 0)""",
    ),
    "loan_is_its_originators": (
        "SELECT count(*) FROM loans",
        """SELECT loans.id FROM loans JOIN applications ON applications.id = application_id
           WHERE loans.originator_id IS DISTINCT FROM applications.originator_id""",
    ),
    "written_off_by_two_people": (
        "SELECT count(*) FROM loans WHERE state = 'written_off'",
        """SELECT loans.id FROM loans WHERE state = 'written_off'
           AND NOT EXISTS (SELECT FROM write_offs WHERE loan_id = loans.id AND write_offs.state = 'approved')""",
    ),
}
PREFIXES = {
    "shares_make_up_the_compensation": "los",
    "claim_equals_its_compensations": "clm",
    "payer_claims_what_it_paid_for": "los",
    "compensation_has_its_cessions": "los",
    "advance_has_its_cessions": "rep",
    "backed_as_its_programme_says": "lst",
    "surety_counts_what_it_stands_behind": "lst",
    "originator_holds_its_share": "lst",
    "share_is_retained": "lst",
    "loan_is_its_originators": "lon",
    "written_off_by_two_people": "lon",
    "write_off_past_deadline": "wof",
}
STUCK = {"write_off_past_deadline": "write_offs"}


async def compensated(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """Principal and interest that somebody paid lenders in the borrower's place, by loan; minor units."""
    principal, interest = func.sum(compensations.c.principal_minor), func.sum(compensations.c.interest_minor)
    wanted = (
        select(compensations.c.loan_id, principal, interest)
        .where(compensations.c.loan_id.in_(loan_ids), compensations.c.state == "paid")
        .group_by(compensations.c.loan_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in await connection.execute(wanted)}

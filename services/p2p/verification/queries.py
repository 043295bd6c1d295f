"""The SQL of the audit: what must hold over several tables, whatever happened."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.verification import crowdfunding_queries as crowdfunding
from services.p2p.verification import (
    debiting_queries,
    loss_queries,
    matching_queries,
    partner_queries,
    plan_queries,
    resale_queries,
    servicing_queries,
)
from services.p2p.verification.model import Movement
from services.p2p.wire_ids import (
    bid_text,
    chargeback_debt_text,
    chargeback_text,
    compensation_text,
    enrolment_text,
    listing_text,
    loan_debit_text,
    loan_text,
    purchase_text,
    repayment_text,
)

Looked = tuple[int, list[UUID]]

_MOVEMENTS = text(f"""
    SELECT CASE WHEN standing_order_id IS NULL THEN 'hold' ELSE 'matched' END AS kind, id, listing_id AS other, amount_minor, currency,
        changed_at FROM bids WHERE state = 'pending'
    UNION ALL
    SELECT 'release', id, listing_id, coalesce(held_minor, amount_minor), currency, changed_at FROM bids WHERE state = 'releasing'
    UNION ALL
    SELECT 'disbursement', id, listing_id, principal_minor, currency, changed_at FROM loans WHERE state = 'disbursing'
    UNION ALL
    SELECT 'repayment', id, loan_id, amount_minor, currency, changed_at FROM repayments WHERE state = 'pending'
    UNION ALL
    SELECT 'reversal', id, loan_id, amount_minor, currency, changed_at FROM repayments WHERE state = 'reversing'
    UNION ALL
    {debiting_queries.MOVEMENTS}
    UNION ALL
    {loss_queries.MOVEMENTS}
    UNION ALL
    {resale_queries.MOVEMENTS}
    UNION ALL
    {plan_queries.MOVEMENTS}
    ORDER BY 6, 2 LIMIT :limit
""")  # noqa: S608
_CHECKS = {
    "claims_make_up_the_loan": (
        "SELECT count(*) FROM loans WHERE disbursed_at IS NOT NULL",
        """SELECT loans.id FROM loans LEFT JOIN claims ON claims.loan_id = loans.id WHERE loans.disbursed_at IS NOT NULL
           GROUP BY loans.id HAVING coalesce(sum(claims.outstanding_minor), 0) <> loans.outstanding_minor
           OR coalesce(sum(claims.funded_minor), 0) <> loans.principal_minor""",
    ),
    "unpaid_rows_make_up_the_loan": (
        "SELECT count(*) FROM loans WHERE state <> 'cancelled'",
        """SELECT loans.id FROM loans JOIN loan_rows ON loan_rows.loan_id = loans.id WHERE loans.state <> 'cancelled'
           GROUP BY loans.id HAVING sum(loan_rows.principal_minor) <> loans.principal_minor
           OR sum(loan_rows.principal_minor - loan_rows.principal_paid_minor) <> loans.outstanding_minor""",
    ),
    "claim_equals_its_shares": (
        "SELECT count(*) FROM claims",
        """SELECT claims.id FROM claims LEFT JOIN (
               SELECT claim_id, sum(repayment_shares.amount_minor) FILTER (WHERE kind = 'principal') AS principal,
                   sum(repayment_shares.amount_minor) FILTER (WHERE kind = 'interest') AS interest,
                   sum(repayment_shares.amount_minor) FILTER (WHERE kind = 'late') AS late
               FROM repayment_shares JOIN repayments ON repayments.id = repayment_id WHERE state IN ('shared', 'reversing')
               GROUP BY claim_id
           ) AS received ON received.claim_id = claims.id
           WHERE claims.principal_received_minor <> coalesce(received.principal, 0)
               OR claims.interest_received_minor <> coalesce(received.interest, 0)
               OR claims.late_received_minor <> coalesce(received.late, 0)""",
    ),
    "shares_make_up_the_repayment": (
        "SELECT count(*) FROM repayments",
        """SELECT repayments.id FROM repayments LEFT JOIN repayment_shares ON repayment_id = repayments.id GROUP BY repayments.id
           HAVING coalesce(sum(repayment_shares.amount_minor) FILTER (WHERE kind = 'principal'), 0) <> repayments.principal_minor
               OR coalesce(sum(repayment_shares.amount_minor) FILTER (WHERE kind = 'interest'), 0) <> repayments.interest_minor
               OR coalesce(sum(repayment_shares.amount_minor) FILTER (WHERE kind = 'late'), 0) <> repayments.late_minor""",
    ),
    "bids_make_up_the_listing": (
        "SELECT count(*) FROM listings",
        """SELECT listings.id FROM listings LEFT JOIN bids ON bids.listing_id = listings.id GROUP BY listings.id
           HAVING coalesce(sum(bids.amount_minor) FILTER (WHERE bids.state IN ('placed', 'funded')), 0) <> listings.placed_minor
               OR coalesce(sum(bids.amount_minor) FILTER (WHERE bids.state IN ('pending', 'placed', 'funded')), 0)
                   <> listings.committed_minor""",
    ),
    "claim_has_its_version": (
        "SELECT count(*) FROM claims",
        """SELECT claims.id FROM claims WHERE NOT EXISTS (SELECT FROM claim_versions WHERE claim_id = claims.id
               AND claim_versions.version = claims.version
               AND claim_versions.outstanding_minor = claims.outstanding_minor)""",
    ),
    "contract_is_what_was_signed": (
        "SELECT count(*) FROM contract_parties",
        """SELECT DISTINCT contracts.loan_id FROM contracts JOIN contract_parties AS one ON one.loan_id = contracts.loan_id
           WHERE sha256 <> encode(sha256(convert_to('{"amount_minor":' || amount_minor || ',"party":"' || party || '","role":"' || role
               || '","terms":' || terms || '}', 'UTF8')), 'hex')""",
    ),
    "listing_state_has_its_step": (
        "SELECT count(*) FROM listings",
        """SELECT listings.id FROM listings WHERE state <> (SELECT listing_steps.state FROM listing_steps
               WHERE listing_id = listings.id ORDER BY number DESC LIMIT 1)""",
    ),
    **crowdfunding.CHECKS,
    **loss_queries.CHECKS,
    **partner_queries.CHECKS,
    **resale_queries.CHECKS,
    **plan_queries.CHECKS,
    **debiting_queries.CHECKS,
}
PREFIXES = servicing_queries.PREFIXES | {
    "claims_make_up_the_loan": "lon",
    "unpaid_rows_make_up_the_loan": "lon",
    "claim_equals_its_shares": "clm",
    "shares_make_up_the_repayment": "rep",
    "bids_make_up_the_listing": "lst",
    "claim_has_its_version": "clm",
    "contract_is_what_was_signed": "lon",
    "listing_state_has_its_step": "lst",
    "listing_past_deadline": "lst",
    "application_past_deadline": "apn",
    **crowdfunding.PREFIXES,
    **matching_queries.PREFIXES,
    **loss_queries.PREFIXES,
    **partner_queries.PREFIXES,
    "restructuring_past_deadline": "rst",
    **resale_queries.PREFIXES,
    **plan_queries.PREFIXES,
    **debiting_queries.PREFIXES,
}
_STUCK = {
    "listing_past_deadline": ("listings", "id"),
    "application_past_deadline": ("applications", "id"),
    "restructuring_past_deadline": ("restructurings", "id"),
    **crowdfunding.STUCK,
    **{
        name: (table, "id")
        for name, table in (
            loss_queries.STUCK | partner_queries.STUCK | resale_queries.STUCK | debiting_queries.STUCK
        ).items()
    },
}


async def checks(connection: AsyncConnection) -> dict[str, Looked]:
    """Each check with how many records were looked at and which fail."""
    found = {}
    for name, (counting, looking) in (_CHECKS | matching_queries.CHECKS | servicing_queries.CHECKS).items():
        examined = int((await connection.execute(text(counting))).scalar_one())
        found[name] = (examined, list((await connection.execute(text(looking))).scalars()))
    return found


async def past_deadline(connection: AsyncConnection, late: datetime) -> dict[str, Looked]:
    """States that should have ended by themselves before `late`."""
    found = {}
    for name, (table, key) in _STUCK.items():
        waiting = text(f"SELECT count(*) FROM {table} WHERE due_at IS NOT NULL")  # noqa: S608
        stuck = text(f"SELECT {key} FROM {table} WHERE due_at < :late")  # noqa: S608
        examined = int((await connection.execute(waiting)).scalar_one())
        found[name] = (examined, list((await connection.execute(stuck, {"late": late})).scalars()))
    for name, (counting, looking) in (matching_queries.STUCK | plan_queries.STUCK).items():
        examined = int((await connection.execute(text(counting))).scalar_one())
        found[name] = (examined, list((await connection.execute(text(looking), {"late": late})).scalars()))
    return found


async def movements(connection: AsyncConnection, limit: int) -> list[Movement]:
    """Money under way, oldest first."""
    found = [_movement(row) for row in await connection.execute(_MOVEMENTS, {"limit": limit})]
    found += await crowdfunding.movements(connection, limit)
    return sorted(found, key=lambda movement: movement.since_at)[:limit]


def _movement(row: Any) -> Movement:
    names = {
        "hold": ("p2p.place_bid", bid_text, listing_text),
        "matched": ("p2p.match_listing", bid_text, listing_text),
        "release": ("p2p.release_bid", bid_text, listing_text),
        "disbursement": ("p2p.disburse", loan_text, listing_text),
        "repayment": ("p2p.share_repayment", repayment_text, loan_text),
        "compensation": ("p2p.pay_compensation", compensation_text, loan_text),
        "debit": ("p2p.work_debit", loan_debit_text, loan_debit_text),
        "debit_chargeback": ("p2p.book_chargeback", chargeback_text, loan_text),
        "borrower_debt": ("p2p.try_chargeback_debt", chargeback_debt_text, loan_text),
        "reversal": ("p2p.reverse_repayment", repayment_text, loan_text),
        "purchase": ("p2p.settle_purchase", purchase_text, loan_text),
        "plan_charge": ("p2p.settle_enrolment", enrolment_text, enrolment_text),
    }
    job, record, other = names[row.kind]
    reference = record(row.id) if row.kind == "disbursement" else other(row.other)
    kind, job_record = ("hold", row.other) if row.kind == "matched" else (row.kind, row.id)
    return Movement(kind, record(row.id), job, job_record, reference, row.amount_minor, row.currency, row.changed_at)

"""What must hold of partners' receipts: passed on whole, and interest shared out to the minor unit."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.partner_receipts.tables import partner_receipts
from services.p2p.repayments.tables import repayments

CHECKS = {
    "receipt_is_passed_on_whole": (
        "SELECT count(*) FROM partner_receipts WHERE state IN ('owing', 'passed')",
        """SELECT partner_receipts.id FROM partner_receipts LEFT JOIN repayments ON repayments.id = repayment_id
           WHERE partner_receipts.state IN ('owing', 'passed') AND (repayments.id IS NULL OR source <> 'partner'
               OR repayments.loan_id <> partner_receipts.loan_id OR repayments.amount_minor <> partner_receipts.amount_minor
               OR repayments.state IN ('pending', 'refused') OR payer <> party)""",
    ),
    "repayment_of_a_partner_has_its_receipt": (
        "SELECT count(*) FROM repayments WHERE source = 'partner'",
        """SELECT repayments.id FROM repayments WHERE source = 'partner' AND state <> 'refused'
           AND NOT EXISTS (SELECT FROM partner_receipts WHERE repayment_id = repayments.id)""",
    ),
    "interest_of_a_receipt_is_shared": (
        "SELECT count(*) FROM partner_receipts WHERE interest_minor > 0",
        """SELECT partner_receipts.id FROM partner_receipts LEFT JOIN partner_interest_shares ON receipt_id = partner_receipts.id
           GROUP BY partner_receipts.id
           HAVING coalesce(sum(partner_interest_shares.amount_minor), 0) <> partner_receipts.interest_minor
               OR count(*) FILTER (WHERE holder = party) > 0""",
    ),
    "what_was_taken_back_of_a_partner_is_held_again": (
        "SELECT count(*) FROM repayments WHERE source = 'partner' AND state = 'reversed'",
        """SELECT repayments.id FROM repayments LEFT JOIN partner_receipts AS again ON taken_back_id = repayments.id
           WHERE CASE WHEN source = 'partner' AND repayments.state = 'reversed'
               THEN again.id IS NULL OR again.amount_minor <> repayments.amount_minor OR again.loan_id <> repayments.loan_id
                   OR party <> payer
               ELSE again.id IS NOT NULL END""",
    ),
}
PREFIXES = {
    "receipt_is_passed_on_whole": "prc",
    "repayment_of_a_partner_has_its_receipt": "rep",
    "interest_of_a_receipt_is_shared": "prc",
    "what_was_taken_back_of_a_partner_is_held_again": "rep",
    "partner_receipt_past_deadline": "prc",
}
STUCK = {"partner_receipt_past_deadline": "partner_receipts"}


async def interest(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """What partners paid for being late, and what they owe for it still, by loan; minor units."""
    amount = func.sum(partner_receipts.c.interest_minor)
    owing = partner_receipts.c.state == "owing"
    wanted = (
        select(
            partner_receipts.c.loan_id,
            func.coalesce(amount.filter(~owing), 0),
            func.coalesce(amount.filter(owing), 0),
        )
        .where(partner_receipts.c.loan_id.in_(loan_ids))
        .group_by(partner_receipts.c.loan_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in await connection.execute(wanted)}


async def payers(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Accounts through which somebody else passed on what the borrower had paid him, by loan."""
    wanted = (
        select(repayments.c.loan_id, repayments.c.account_id)
        .where(repayments.c.loan_id.in_(loan_ids), repayments.c.source == "partner")
        .distinct()
        .order_by(repayments.c.loan_id, repayments.c.account_id)
    )
    found: dict[UUID, list[UUID]] = {}
    for loan_id, account_id in await connection.execute(wanted):
        found.setdefault(loan_id, []).append(account_id)
    return found

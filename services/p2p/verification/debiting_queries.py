"""What must hold of mandates, debits and the money that is lent on them, and their figures for `sifang verify`."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.verification.model import AdvanceFigures, ReceiptsFigures

MOVEMENTS = """
    SELECT 'debit', id, id, amount_minor, currency, changed_at FROM loan_debits WHERE state IN ('paid', 'bounced', 'late')
    UNION ALL
    SELECT 'debit_chargeback', chargebacks.id, loan_id, chargebacks.amount_minor + fee_minor, chargebacks.currency, noted_at
    FROM chargebacks JOIN loan_debits ON loan_debits.debit_id = chargebacks.debit_id WHERE chargebacks.state = 'noted'
    UNION ALL
    SELECT 'borrower_debt', id, loan_id, CASE WHEN advanced_at IS NULL THEN amount_minor ELSE trying_minor END, currency, changed_at
    FROM chargeback_debts WHERE loan_id IS NOT NULL AND state = 'owed' AND (advanced_at IS NULL OR trying_minor > 0)
"""
CHECKS = {
    "debit_pays_its_repayment": (
        "SELECT count(*) FROM loan_debits WHERE repayment_id IS NOT NULL",
        """SELECT loan_debits.id FROM loan_debits JOIN repayments ON repayments.id = repayment_id
           JOIN repayment_mandates ON repayment_mandates.id = repayment_mandate_id
           WHERE repayments.loan_id <> loan_debits.loan_id OR repayments.amount_minor <> used_minor OR NOT repayments.by_mandate
               OR repayments.account_id <> repayment_mandates.account_id
               OR loan_debits.advanced <> (repayments.advance_account_id IS NOT NULL)""",
    ),
    "advance_ends_with_its_debit": (
        "SELECT count(*) FROM loan_debits WHERE advanced",
        """SELECT loan_debits.id FROM loan_debits JOIN repayments ON repayments.id = repayment_id
           WHERE loan_debits.state = 'advanced' AND repayments.state IN ('reversing', 'reversed')
               OR loan_debits.state = 'bounced' AND repayments.state NOT IN ('reversing', 'reversed')
               OR loan_debits.state = 'unwound' AND repayments.state <> 'reversed'""",
    ),
    "money_of_a_mandate_has_its_debit": (
        "SELECT count(*) FROM repayments WHERE by_mandate",
        """SELECT repayments.id FROM repayments WHERE by_mandate AND state <> 'refused'
               AND NOT EXISTS (SELECT FROM loan_debits WHERE repayment_id = repayments.id)""",
    ),
    "debit_taken_back_is_made_up_once": (
        "SELECT count(*) FROM loan_debits WHERE EXISTS (SELECT FROM chargebacks WHERE loan_debit_id = loan_debits.id)",
        """SELECT loan_debits.id FROM loan_debits JOIN chargebacks ON loan_debit_id = loan_debits.id
           LEFT JOIN repayments ON repayments.id = repayment_id GROUP BY loan_debits.id, repayments.id
           HAVING sum(borne_minor) > CASE WHEN repayments.state IN ('reversing', 'reversed')
                   AND loan_debits.state NOT IN ('late', 'returned') THEN used_minor ELSE 0 END
               OR sum(chargebacks.amount_minor) > loan_debits.amount_minor
               OR bool_or(chargebacks.debit_id <> loan_debits.debit_id)""",
    ),
    "borrower_owes_for_her_own_loan": (
        "SELECT count(*) FROM chargeback_debts WHERE loan_id IS NOT NULL",
        """SELECT chargeback_debts.id FROM chargeback_debts JOIN loans ON loans.id = loan_id
           JOIN chargebacks ON chargebacks.id = chargeback_id LEFT JOIN loan_debits ON loan_debits.id = loan_debit_id
           WHERE debtor <> borrower OR chargeback_debts.loan_id IS DISTINCT FROM loan_debits.loan_id
               OR advanced_at IS NULL AND repaid_minor + covered_minor + trying_minor > 0""",
    ),
}
PREFIXES = {
    "debit_pays_its_repayment": "ldb",
    "advance_ends_with_its_debit": "ldb",
    "money_of_a_mandate_has_its_debit": "rep",
    "debit_taken_back_is_made_up_once": "ldb",
    "borrower_owes_for_her_own_loan": "cbd",
    "repayment_mandate_past_deadline": "rmd",
    "loan_debit_past_deadline": "ldb",
}
STUCK = {
    "repayment_mandate_past_deadline": "repayment_mandates",
    "loan_debit_past_deadline": "loan_debits",
}

# What the ledger may or may not have moved by now is `moving`.
_ADVANCES = text("""
    SELECT house_accounts.currency, house_accounts.account_id,
        coalesce(sum(used_minor) FILTER (WHERE loan_debits.state = 'advanced' AND repayments.state = 'shared'), 0) AS advanced,
        coalesce(sum(used_minor) FILTER (WHERE loan_debits.state IN ('paid', 'bounced')
            OR loan_debits.state = 'advanced' AND repayments.state = 'pending'), 0) AS moving
    FROM house_accounts
    LEFT JOIN (loan_debits JOIN repayments ON repayments.id = repayment_id) ON advanced AND loan_debits.currency = house_accounts.currency
    WHERE purpose = 'debit_advances' GROUP BY house_accounts.currency, house_accounts.account_id ORDER BY house_accounts.currency
""")
# Of a debit that was settled, and whose repayment was taken back: until its bank takes it, too, the loan's account has it; and no more of
# it than the bank has not taken.
_RECEIPTS = text("""
    SELECT mandates.account_id, mandates.loan_id, mandates.currency,
        coalesce(bool_or(loan_debits.state IN ('asked', 'sent', 'advanced', 'paid', 'bounced', 'late')), false)
            OR EXISTS (SELECT FROM chargebacks JOIN loan_debits AS its ON its.debit_id = chargebacks.debit_id
                WHERE its.loan_id = mandates.loan_id AND chargebacks.state = 'noted')
            OR EXISTS (SELECT FROM chargeback_debts AS debts WHERE debts.loan_id = mandates.loan_id AND state = 'owed'
                AND (advanced_at IS NULL OR trying_minor > 0)) AS moving,
        (SELECT coalesce(sum(amount_minor), 0) FROM chargeback_debts AS debts
            WHERE debts.loan_id = mandates.loan_id AND advanced_at IS NOT NULL) AS advanced,
        (SELECT coalesce(sum(repaid_minor), 0) FROM chargeback_debts AS debts WHERE debts.loan_id = mandates.loan_id) AS repaid,
        coalesce(sum(greatest(0, used_minor - (SELECT coalesce(sum(borne_minor), 0) FROM chargebacks
            WHERE loan_debit_id = loan_debits.id AND chargebacks.state = 'booked')))
            FILTER (WHERE loan_debits.state = 'settled' AND repayments.state IN ('reversing', 'reversed')), 0) AS most
    FROM (SELECT DISTINCT account_id, loan_id, currency FROM repayment_mandates WHERE account_id > :after) AS mandates
    LEFT JOIN loan_debits ON loan_debits.loan_id = mandates.loan_id
    LEFT JOIN repayments ON repayments.id = loan_debits.repayment_id
    GROUP BY mandates.account_id, mandates.loan_id, mandates.currency ORDER BY mandates.account_id LIMIT :limit
""")
_PAYERS = text("""
    SELECT DISTINCT loan_id, account_id FROM repayment_mandates WHERE loan_id = ANY(:loans) AND account_id IS NOT NULL
    UNION SELECT loan_id, account_id FROM distribution_accounts WHERE loan_id = ANY(:loans) ORDER BY 1, 2
""")


async def advances(connection: AsyncConnection) -> list[AdvanceFigures]:
    """By currency."""
    return [
        AdvanceFigures(row.currency, row.account_id, int(row.advanced), int(row.moving))
        for row in await connection.execute(_ADVANCES)
    ]


async def receipts(connection: AsyncConnection, *, after: UUID, limit: int) -> list[ReceiptsFigures]:
    """By account, at most limit + 1."""
    found = await connection.execute(_RECEIPTS, {"after": after, "limit": limit + 1})
    return [
        ReceiptsFigures(
            row.account_id,
            row.loan_id,
            row.currency,
            most_minor=int(row.most),
            moving=row.moving,
            advanced_minor=int(row.advanced),
            repaid_minor=int(row.repaid),
        )
        for row in found
    ]


async def payers(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Accounts from which repayments of loans went to their holders, besides their borrowers' wallets."""
    found: dict[UUID, list[UUID]] = {}
    for row in await connection.execute(_PAYERS, {"loans": list(loan_ids)}):
        found.setdefault(row.loan_id, []).append(row.account_id)
    return found

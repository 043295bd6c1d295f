"""The platform's own accounts for what it is owed, lost and earned by disputes: one a kind and currency, opened when first needed."""

from uuid import UUID

from chassis.database import Tx
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule
from services.payments.receivables import queries

KINDS = {
    "receivable": Rule.CREDITS_MUST_NOT_EXCEED_DEBITS,
    "written_off": Rule.CREDITS_MUST_NOT_EXCEED_DEBITS,
    "dispute_fee": Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
}


async def company_account(tx: Tx, kind: str, currency: str) -> UUID:
    """kind: of `KINDS`."""
    return await ledger.platform_account(
        tx,
        find=lambda: queries.company_account(tx.connection, kind, currency),
        lock=lambda: queries.lock_company_accounts(tx.connection),
        keep=lambda account_id: queries.add_company_account(tx.connection, kind, currency, account_id),
        currency=currency,
        kind=kind,
        rule=KINDS[kind],
        reference=kind,
    )

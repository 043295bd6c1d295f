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
    held = await queries.company_account(tx.connection, kind, currency)
    if held is not None:
        return held
    await queries.lock_company_accounts(tx.connection)
    held = await queries.company_account(tx.connection, kind, currency)
    if held is not None:
        return held
    account = await ledger.open_account(
        tx,
        account_id=ledger.new_account_id(tx),
        currency=currency,
        kind=kind,
        owner=ledger.PLATFORM,
        rule=KINDS[kind],
        reference=kind,
    )
    await queries.add_company_account(tx.connection, kind, currency, account.id)
    return account.id

"""The platform's own accounts of settlement, one a currency, opened when first needed."""

from uuid import UUID

from chassis.database import Tx
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import CurrencyMismatch, UnknownAccount
from services.payments.ledger.model import DEFAULT_BOOK, Account, Rule
from services.payments.settlement import queries
from services.payments.settlement.errors import AccountUnfit

FEE_INCOME = "fee_income"
REFUND_ADVANCE = "refund_advance"
KINDS = {
    "fee_income": Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
    "refund_advance": Rule.CREDITS_MUST_NOT_EXCEED_DEBITS,
}

RECEIVING_KINDS = frozenset({"wallet", "merchant"})
FREE_TO_TAKE = frozenset({Rule.DEBITS_MUST_NOT_EXCEED_CREDITS, Rule.NONE})


async def platform_account(tx: Tx, kind: str, currency: str) -> UUID:
    """Fees earned, or what merchants owe for refunds that were advanced."""
    return await ledger.platform_account(
        tx,
        find=lambda: queries.account_of(tx.connection, kind, currency),
        lock=lambda: queries.lock_accounts(tx.connection),
        keep=lambda account_id: queries.add_account(tx.connection, kind, currency, account_id),
        currency=currency,
        kind=kind,
        rule=KINDS[kind],
        reference=kind,
    )


async def receiving_account(tx: Tx, account_id: UUID, currency: str) -> Account:
    """One that a settlement may credit at any time without being refused; were it to become closed, it is passed over.

    Raises UnknownAccount, CurrencyMismatch, AccountUnfit.
    """
    try:
        account = await ledger.account_with(tx, account_id)
    except UnknownAccount as refusal:
        raise UnknownAccount("no such account", field="account_id") from refusal
    if account.currency != currency:
        raise CurrencyMismatch("the account is kept in another currency", field="account_id")
    opened_by_a_story = account.kind in ledger.RESERVED_KINDS and account.kind not in RECEIVING_KINDS
    owned = not opened_by_a_story and account.owner != ledger.PLATFORM
    if not owned or account.closed or account.book_id != DEFAULT_BOOK or account.rule not in FREE_TO_TAKE:
        raise AccountUnfit("a settlement could not always pay into this account", field="account_id")
    return account

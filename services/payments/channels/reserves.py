"""Our customer reserve (备付金) at each bank, as ledger accounts: an asset, opened when first needed."""

from uuid import UUID

from chassis.database import Tx
from services.payments.channels import queries
from services.payments.channels.errors import ReserveShort
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Account, Rule

OWNER = "payments"
SUSPENSE = "SUSPENSE"


async def reserve_at(tx: Tx, bank: str, currency: str) -> UUID:
    """The ledger account of the reserve at a bank."""
    return await _account(tx, bank, currency, "reserve", Rule.CREDITS_MUST_NOT_EXCEED_DEBITS)


async def suspense_of(tx: Tx, currency: str) -> UUID:
    """Where money waits that belongs nowhere yet: a receivable or payable somebody has to clear up."""
    return await _account(tx, SUSPENSE, currency, "suspense", Rule.NONE)


async def paying_bank(tx: Tx, issuer: str, currency: str, amount: int) -> str:
    """Whose reserve pays a payout: the card's own bank if it can, else the one with most in it. Raises ReserveShort."""
    available = await _available(tx, currency)
    if available.get(issuer, 0) >= amount:
        return issuer
    richest = max(available, key=lambda bank: (available[bank], bank), default=None)
    if richest is None or available[richest] < amount:
        raise ReserveShort("no bank's reserve holds that much", field="amount")
    return richest


async def _available(tx: Tx, currency: str) -> dict[str, int]:
    rows = await queries.list_reserves(tx.connection)
    accounts: dict[str, Account] = {}
    for row in rows:
        if row.currency == currency and row.bank != SUSPENSE:
            accounts[row.bank] = await ledger.account_with(tx, row.account_id)
    return {bank: account.available for bank, account in accounts.items()}


async def _account(tx: Tx, name: str, currency: str, kind: str, rule: Rule) -> UUID:
    held = await queries.reserve_account(tx.connection, name, currency)
    if held is not None:
        return held
    await queries.lock_reserves(tx.connection)
    held = await queries.reserve_account(tx.connection, name, currency)
    if held is not None:
        return held
    account = await ledger.open_account(
        tx,
        account_id=ledger.new_account_id(tx),
        currency=currency,
        kind=kind,
        owner=OWNER,
        rule=rule,
        reference=name,
    )
    await queries.add_reserve_account(tx.connection, name, currency, account.id)
    return account.id

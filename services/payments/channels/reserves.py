"""Our customer reserve (备付金) at each bank, as ledger accounts: an asset, opened when first needed."""

from uuid import UUID

from chassis.database import Tx
from services.payments.channels import queries
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule
from services.payments.ledger.queries import accounts_with
from services.payments.reserve.model import AccountUse
from services.payments.reserve.queries import terms_on

SUSPENSE = "SUSPENSE"
CARD_RETURNS = "CARD_RETURNS"
_NO_RESERVES = frozenset({SUSPENSE, CARD_RETURNS})


async def reserve_at(tx: Tx, bank: str, currency: str) -> UUID:
    """The ledger account of the reserve at a bank."""
    return await _account(tx, bank, currency, "reserve", Rule.CREDITS_MUST_NOT_EXCEED_DEBITS)


async def suspense_of(tx: Tx, currency: str) -> UUID:
    """Where money waits that belongs nowhere yet: a receivable or payable somebody has to clear up."""
    return await _account(tx, SUSPENSE, currency, "suspense", Rule.NONE)


async def card_returns_of(tx: Tx, currency: str) -> UUID:
    """Where money stays that goes back to cards: what is owed to them."""
    return await _account(tx, CARD_RETURNS, currency, "card_returns", Rule.DEBITS_MUST_NOT_EXCEED_CREDITS)


async def available_reserves(tx: Tx, currency: str) -> dict[str, int]:
    """What each channel's reserve can pay out, holds taken off; from an account that only collects (汇缴账户) nothing is paid."""
    rows = [row for row in await queries.list_reserves(tx.connection) if row.bank not in _NO_RESERVES]
    found = {row.bank: row.account_id for row in rows if row.currency == currency}
    accounts = await accounts_with(tx.connection, found.values())
    terms = await terms_on(tx.connection, currency, tx.today)
    collecting = {bank for bank, one in terms.items() if one.use is AccountUse.COLLECTION}
    return {bank: 0 if bank in collecting else accounts[account_id].available for bank, account_id in found.items()}


async def _account(tx: Tx, name: str, currency: str, kind: str, rule: Rule) -> UUID:
    return await ledger.platform_account(
        tx,
        find=lambda: queries.reserve_account(tx.connection, name, currency),
        lock=lambda: queries.lock_reserves(tx.connection),
        keep=lambda account_id: queries.add_reserve_account(tx.connection, name, currency, account_id),
        currency=currency,
        kind=kind,
        rule=rule,
        reference=name,
    )

"""Stories of wallets: one for each customer and currency."""

from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.holders.freezing import freeze_new_wallet
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Account, Rule
from services.payments.wallets import queries
from services.payments.wallets.errors import CurrencyNotOffered, UnknownWallet
from services.payments.wallets.model import Wallet

OFFERED = frozenset({"CNY", "BRL", "USD", "EUR", "GBP", "HKD", "JPY", "CZK"})


async def open_wallet(tx: Tx, caller: Caller, *, currency: str) -> tuple[Wallet, Account]:
    """The customer's wallet in a currency, opened if she has none. Raises CustomersOnly, CurrencyNotOffered."""
    customer_id = customer_of(caller)
    if currency not in OFFERED:
        raise CurrencyNotOffered(f"no wallets are kept in {currency}", field="currency")
    wallet = Wallet(tx.ids.new(), customer_id, currency, ledger.new_account_id(tx), tx.now)
    if not await queries.add_wallet(tx.connection, wallet):
        held = await queries.wallet_of(tx.connection, customer_id, currency)
        assert held is not None
        return held, await ledger.account_with(tx, held.account_id)
    account = await ledger.open_account(
        tx,
        account_id=wallet.account_id,
        currency=currency,
        kind="wallet",
        owner=encode("cus", customer_id),
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=encode("wal", wallet.id),
    )
    tx.events.add("payments.wallet.opened.v1", encode("wal", wallet.id), _told(wallet))
    await freeze_new_wallet(tx, customer_id=customer_id, account_id=wallet.account_id)
    return wallet, account


async def own_wallet(tx: Tx, caller: Caller, *, wallet_id: UUID | None, currency: str) -> Wallet:
    """The caller's wallet, by id or in a currency. Raises UnknownWallet, also for another's or another currency."""
    customer_id = customer_of(caller)
    if wallet_id is None:
        wallet = await queries.wallet_of(tx.connection, customer_id, currency)
    else:
        wallet = await queries.wallet_with(tx.connection, wallet_id)
    if wallet is None or wallet.customer_id != customer_id or wallet.currency != currency:
        raise UnknownWallet(f"no such wallet in {currency}", field="wallet_id" if wallet_id else "currency")
    return wallet


def _told(wallet: Wallet) -> dict[str, str]:
    return {
        "wallet_id": encode("wal", wallet.id),
        "customer_id": encode("cus", wallet.customer_id),
        "currency": wallet.currency,
        "account_id": encode("acc", wallet.account_id),
    }

"""Accounts with money in them, and cards, made within a test's own transaction."""

from uuid import UUID, uuid4

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.cards.model import Card, CardKind, CardState
from services.payments.cards.queries import add_card
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Account, Rule, TransferCommand, TransferKind
from services.payments.ledger.queries import accounts_with
from services.payments.merchants.actions import open_merchant
from services.payments.merchants.model import Merchant
from services.payments.wallets.actions import open_wallet
from services.payments.wallets.model import Wallet


async def fund(tx: Tx, account: Account, amount: int, bank: str = "ICBC") -> None:
    """From the reserve at a bank, as a top-up would."""
    if amount:
        command = TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=TransferKind.SINGLE,
            code="tests.fund",
            debit_account_id=await reserve_at(tx, bank, account.currency),
            credit_account_id=account.id,
            amount=amount,
            currency=account.currency,
        )
        await ledger.post(tx, [command])


async def funded_account(tx: Tx, owner: str, amount: int, currency: str = "CNY") -> Account:
    account = await ledger.open_account(
        tx,
        account_id=ledger.new_account_id(tx),
        currency=currency,
        kind="wallet",
        owner=owner,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
    )
    await fund(tx, account, amount)
    return account


async def funded_wallet(tx: Tx, customer: Caller, amount: int, currency: str = "CNY") -> Wallet:
    wallet, account = await open_wallet(tx, customer, currency=currency)
    await fund(tx, account, amount)
    return wallet


async def funded_merchant(tx: Tx, owner: Caller, amount: int, currency: str = "CNY") -> Merchant:
    merchant, account = await open_merchant(tx, owner, name="tea", currency=currency)
    await fund(tx, account, amount)
    return merchant


async def money_on(tx: Tx, account: Account) -> tuple[int, int]:
    """Balance and what is available of it."""
    now = (await accounts_with(tx.connection, [account.id]))[account.id]
    return now.settled, now.available


async def any_card(tx: Tx, state: CardState = CardState.BOUND) -> UUID:
    card = Card(
        tx.ids.new(), tx.ids.new(), "ICBC", "工商银行", CardKind.DEBIT, "6222", b"sealed", uuid4().bytes, state, None, None, tx.now,
        tx.now, None,
    )  # fmt: skip
    await add_card(tx.connection, card)
    return card.id

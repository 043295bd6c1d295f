from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Answer, Currency, Request
from services.payments.ledger.model import Account
from services.payments.wallets.model import Wallet

WalletId = Annotated[UUID, TypeId("wal")]


class OpenWalletRequest(Request):
    currency: Currency = "CNY"


class WalletAnswer(Answer):
    """balance: what is in it; available: what may still leave it, holds deducted; minor units."""

    id: WalletId
    customer_id: Annotated[UUID, TypeId("cus")]
    currency: str
    account_id: Annotated[UUID, TypeId("acc")]
    balance: int
    available: int
    opened_at: datetime


def wallet_answer(wallet: Wallet, account: Account) -> WalletAnswer:
    return WalletAnswer(
        id=wallet.id,
        customer_id=wallet.customer_id,
        currency=wallet.currency,
        account_id=wallet.account_id,
        balance=account.settled,
        available=account.available,
        opened_at=wallet.opened_at,
    )

from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.cards.schemas import CardId
from services.payments.wallets.schemas import WalletId
from services.payments.withdrawals.model import Withdrawal, WithdrawalState

WithdrawalId = Annotated[UUID, TypeId("wdr")]


class WithdrawalRequest(Request):
    """To a card of the customer's own. wallet_id: her wallet in the currency unless given."""

    card_id: CardId
    amount: Amount
    currency: Currency
    wallet_id: WalletId | None = None


class WithdrawalAnswer(Answer):
    """`pending`: the money is held, the bank's result is not final. bank: whose reserve pays."""

    id: WithdrawalId
    wallet_id: WalletId
    card_id: CardId
    bank: str
    amount: int
    currency: str
    state: WithdrawalState
    failure_code: str | None
    late: bool
    requested_at: datetime
    ended_at: datetime | None


def withdrawal_answer(withdrawal: Withdrawal) -> WithdrawalAnswer:
    return WithdrawalAnswer.model_validate(withdrawal)

from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.cards.schemas import CardId
from services.payments.topups.model import TopUp, TopUpState
from services.payments.wallets.schemas import WalletId

TopUpId = Annotated[UUID, TypeId("tup")]


class TopUpRequest(Request):
    """wallet_id: the customer's wallet in the currency unless given."""

    card_id: CardId
    amount: Amount
    currency: Currency
    wallet_id: WalletId | None = None


class TopUpAnswer(Answer):
    """`pending`: the bank's result is not final yet. late: it succeeded after it had been given up."""

    id: TopUpId
    wallet_id: WalletId
    card_id: CardId
    bank: str
    amount: int
    currency: str
    state: TopUpState
    failure_code: str | None
    late: bool
    requested_at: datetime
    ended_at: datetime | None


def top_up_answer(top_up: TopUp) -> TopUpAnswer:
    return TopUpAnswer.model_validate(top_up)

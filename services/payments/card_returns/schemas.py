from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Answer
from services.payments.card_returns.model import CardReturn, CardReturnState, ReturnReason
from services.payments.cards.schemas import CardId

CardReturnId = Annotated[UUID, TypeId("crt")]
InstructionId = Annotated[UUID, TypeId("chi")]


class CardReturnAnswer(Answer):
    """instruction_id: our reference of the charge that goes back, or a part of it; payout_id: of the payout back, none while it waits for
    the channel's reserve. due_at: when that is looked at again; expires_at: when it goes to the customer's account instead. late: paid back
    twice."""

    id: CardReturnId
    instruction_id: InstructionId
    payout_id: InstructionId | None
    channel: str
    card_id: CardId
    amount: int
    currency: str
    state: CardReturnState
    reason: ReturnReason
    late: bool
    started_at: datetime
    due_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None


def card_return_answer(card_return: CardReturn) -> CardReturnAnswer:
    return CardReturnAnswer.model_validate(card_return)

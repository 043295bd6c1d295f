from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Answer
from services.payments.cards.schemas import CardId
from services.payments.surplus_charges.model import ReturnReason, SurplusCharge, SurplusState

SurplusChargeId = Annotated[UUID, TypeId("sur")]
InstructionId = Annotated[UUID, TypeId("chi")]


class SurplusChargeAnswer(Answer):
    """instruction_id: our reference of the charge that was too much; refund_id: of the payout back. late: paid back twice."""

    id: SurplusChargeId
    instruction_id: InstructionId
    refund_id: InstructionId
    channel: str
    card_id: CardId
    amount: int
    currency: str
    state: SurplusState
    reason: ReturnReason
    late: bool
    found_at: datetime
    ended_at: datetime | None


def surplus_answer(surplus: SurplusCharge) -> SurplusChargeAnswer:
    return SurplusChargeAnswer.model_validate(surplus)

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Answer, Request
from services.payments.card_disputes.model import Dispute, DisputeState

DisputeId = Annotated[UUID, TypeId("dsp")]


class EvidenceRequest(Request):
    """What shows that the charge was right, as it goes to the bank."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]


class DisputeAnswer(Answer):
    """held: of the amount, what was there to be held. evidence_sent_at: when the bank took it, or refused it with evidence_refusal."""

    id: DisputeId
    bank: str
    original: str
    owner: str
    amount: int
    currency: str
    reason: str
    state: DisputeState
    held: int
    fee_minor: int
    evidence_hash: str | None
    evidence_sent_at: datetime | None
    evidence_refusal: str | None
    opened_at: datetime
    answer_by: datetime
    due_at: datetime | None
    ended_at: datetime | None


def dispute_answer(dispute: Dispute) -> DisputeAnswer:
    return DisputeAnswer.model_validate(dispute)

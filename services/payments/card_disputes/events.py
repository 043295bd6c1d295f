"""Event types of disputes. Amounts in minor units; evidence is never told."""

from pydantic import BaseModel


class DisputeTold(BaseModel):
    """original: the charge disputed; held: what of the amount was there to be held. answer_by: until when evidence is taken."""

    dispute_id: str
    bank: str
    original: str
    owner: str
    amount: int
    currency: str
    held: int
    fee_minor: int
    reason: str
    answer_by: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.card_dispute.noticed.v1": DisputeTold,
    "payments.card_dispute.answered.v1": DisputeTold,
    "payments.card_dispute.unanswered.v1": DisputeTold,
    "payments.card_dispute.released.v1": DisputeTold,
    "payments.card_dispute.won.v1": DisputeTold,
    "payments.card_dispute.lost.v1": DisputeTold,
}

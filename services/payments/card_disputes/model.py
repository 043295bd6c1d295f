"""A cardholder disputes a charge: who got its money answers, the bank decides."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class DisputeState(StrEnum):
    NOTICED = "noticed"
    """What is there of the amount is held; evidence is awaited until the deadline."""
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    """The deadline passed without evidence; the bank has not decided yet."""
    RELEASED = "released"
    """The bank did not decide in time: the hold was given back. Its word still counts when it comes."""
    WON = "won"
    LOST = "lost"


AWAITING = frozenset({DisputeState.NOTICED, DisputeState.ANSWERED, DisputeState.UNANSWERED})
"""The hold stands."""
ENDED = frozenset({DisputeState.WON, DisputeState.LOST})


@dataclass(frozen=True)
class Dispute:
    """account_id: who got the money of the charge, owner: whose it is. held: of the amount, what was there (hold_id: None if nothing was).

    fee_minor: what losing costs beside the amount; charged: whether it was. evidence_hash: SHA-256 of the text in hex; evidence_sent_at:
    when the bank took it, or refused it with evidence_refusal. due_at: by when somebody acts, None once it is released or decided.
    """

    id: UUID
    report_id: UUID
    bank: str
    bank_reference: str
    original: str
    owner: str
    account_id: UUID
    amount: int
    currency: str
    reason: str
    state: DisputeState
    hold_id: UUID | None
    held: int
    fee_minor: int
    evidence: str | None
    evidence_hash: str | None
    evidence_sent_at: datetime | None
    evidence_refusal: str | None
    opened_at: datetime
    answer_by: datetime
    due_at: datetime | None
    ended_at: datetime | None

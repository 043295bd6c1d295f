"""A write-off (核销): two people of staff agree that a loan is lost. Its claims stay claims on whatever is recovered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class WriteOffState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Nobody decided in time."""


@dataclass(frozen=True, slots=True)
class WriteOff:
    """outstanding_minor, uncovered_minor: principal owed, and of it what lenders held themselves, when it was proposed or decided last."""

    id: UUID
    loan_id: UUID
    state: WriteOffState
    reason: str
    proposed_by: str
    decided_by: str | None
    note: str | None
    days_past_due: int
    outstanding_minor: int
    uncovered_minor: int
    proposed_at: datetime
    changed_at: datetime
    due_at: datetime | None

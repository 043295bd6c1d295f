"""Standing deductions: a lender is repaid out of a merchant's settlements."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class DeductionState(StrEnum):
    PROPOSED = "proposed"
    """The merchant has not agreed yet; it lapses at due_at."""
    ACTIVE = "active"
    COMPLETED = "completed"
    """Its cap is reached, or its end has come."""
    REVOKED = "revoked"
    """Declined or revoked by either side, or never agreed to."""


@dataclass(frozen=True)
class Deduction:
    """share_millionths: of each settlement's proceeds after refunds, fees and shared parts. cap_minor, taken_minor: in all.

    priority: lower ones first, then the older. ends_on: the last day on which it takes. due_at: when the proposal lapses.
    """

    id: UUID
    merchant_id: UUID
    lender: str
    account_id: UUID
    reference: str
    share_millionths: int
    cap_minor: int
    priority: int
    ends_on: date | None
    state: DeductionState
    proposed_at: datetime
    due_at: datetime | None
    taken_minor: int = 0
    agreed_at: datetime | None = None
    ended_at: datetime | None = None
    end_code: str | None = None


@dataclass(frozen=True)
class Taking:
    """What one settlement took for a deduction."""

    settlement_id: UUID
    deduction_id: UUID
    amount: int
    taken_at: datetime

"""Evidence in a dispute of a card charge (拒付举证): what is known here of what was charged, sent to its bank by the deadline."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class EvidenceState(StrEnum):
    NOTED = "noted"
    """Payments has told of the dispute; staff may add to what is known, until it is sent."""
    GIVING = "giving"
    """What is sent is fixed; payments has it or not."""
    GIVEN = "given"
    REFUSED = "refused"
    """Payments did not take it: somebody gave other evidence before, or the dispute was decided."""
    UNMATCHED = "unmatched"
    """Nothing here was paid with that debit."""


class EvidenceEvent(StrEnum):
    FIX = "fix"
    GIVE = "give"
    REFUSE = "refuse"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class DisputeEvidence:
    """dispute_id: `dsp_…` of payments, debit_id: `mdb_…` that is disputed. answer_by: until when the bank takes evidence.

    pledge_id, or loan_debit_id: what was paid with it, once that is found; added, added_by: what staff says besides. evidence: what is
    sent; refusal: why payments did not take it. due_at: when it is sent.
    """

    id: UUID
    dispute_id: str
    debit_id: str
    reason: str
    amount_minor: int
    currency: str
    answer_by: datetime
    state: EvidenceState
    pledge_id: UUID | None
    loan_debit_id: UUID | None
    added: str | None
    added_by: str | None
    evidence: str | None
    refusal: str | None
    noted_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a disputed debit: lines, and what was paid with it."""

    lines: tuple[str, ...]
    pledge_id: UUID | None = None
    loan_debit_id: UUID | None = None

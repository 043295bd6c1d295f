"""Evidence in disputes on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.dispute_evidence.model import DisputeEvidence
from services.p2p.wire_ids import DisputeEvidenceId, LoanDebitId, PledgeId

EvidenceStateName = Literal["noted", "giving", "given", "refused", "unmatched"]


class EvidenceAdditionRequest(wire.Request):
    """text: what staff says besides, without personal data: it goes to the bank. give_now: not to wait for `due_at`."""

    text: Annotated[str, Field(min_length=1, max_length=1_500)]
    give_now: bool = False


class DisputeEvidenceAnswer(wire.Answer):
    """dispute_id: `dsp_…` of payments; debit_id: `mdb_…` that is disputed. evidence: what is sent, or, of `noted`, would be now (None while
    nothing is known of the debit). refusal: why payments did not take it. due_at: when it is sent."""

    id: DisputeEvidenceId
    dispute_id: str
    debit_id: str
    reason: str
    amount: int
    currency: str
    answer_by: datetime
    state: EvidenceStateName
    pledge_id: PledgeId | None
    loan_debit_id: LoanDebitId | None
    added: str | None
    added_by: str | None
    evidence: str | None
    refusal: str | None
    noted_at: datetime
    changed_at: datetime
    due_at: datetime | None


def evidence_answer(evidence: DisputeEvidence) -> DisputeEvidenceAnswer:
    return DisputeEvidenceAnswer(
        id=evidence.id,
        dispute_id=evidence.dispute_id,
        debit_id=evidence.debit_id,
        reason=evidence.reason,
        amount=evidence.amount_minor,
        currency=evidence.currency,
        answer_by=evidence.answer_by,
        state=evidence.state.value,
        pledge_id=evidence.pledge_id,
        loan_debit_id=evidence.loan_debit_id,
        added=evidence.added,
        added_by=evidence.added_by,
        evidence=evidence.evidence,
        refusal=evidence.refusal,
        noted_at=evidence.noted_at,
        changed_at=evidence.changed_at,
        due_at=evidence.due_at,
    )

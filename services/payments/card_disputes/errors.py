"""What disputes refuse.

Refusal
├── NotFound   UnknownDispute
└── Conflict   EvidenceGiven · DisputeClosedToEvidence
"""

from chassis.errors import Conflict, NotFound


class UnknownDispute(NotFound):
    code = "unknown_dispute"


class EvidenceGiven(Conflict):
    """Other evidence was given before."""

    code = "evidence_given"


class DisputeClosedToEvidence(Conflict):
    """Its deadline has passed, or the bank has decided."""

    code = "dispute_closed_to_evidence"

"""What is refused of evidence.

Refusal
└── NotFound (404)   UnknownDisputeEvidence
"""

from chassis.errors import NotFound


class UnknownDisputeEvidence(NotFound):
    code = "unknown_dispute_evidence"

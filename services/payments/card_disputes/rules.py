"""What may happen to a dispute in which state, on plain data."""

from datetime import datetime

from services.payments.card_disputes.errors import DisputeClosedToEvidence, EvidenceGiven
from services.payments.card_disputes.model import Dispute, DisputeState
from services.payments.ledger.model import Account


def require_open_to_evidence(dispute: Dispute, evidence_hash: str, now: datetime) -> bool:
    """Whether it is new; the same again is taken once. Raises EvidenceGiven, DisputeClosedToEvidence."""
    if dispute.evidence_hash == evidence_hash:
        return False
    if dispute.evidence_hash is not None:
        raise EvidenceGiven("evidence was given before, and stands", field="text")
    if dispute.state is not DisputeState.NOTICED or now >= dispute.answer_by:
        raise DisputeClosedToEvidence(f"the dispute is {dispute.state}", answer_by=dispute.answer_by.isoformat())
    return True


def to_hold(account: Account, amount: int) -> int:
    """Of a disputed amount, what the account has to be held."""
    return 0 if account.frozen or account.closed else min(amount, max(0, account.available))


def may_post(account: Account, kept: int, held: int) -> bool:
    """Whether what operators froze since lets a hold leave. kept: for debts, which does not stand in its way."""
    frozen_by_operators = account.frozen_amount - kept
    return not account.frozen and (not frozen_by_operators or account.settled - held >= frozen_by_operators)

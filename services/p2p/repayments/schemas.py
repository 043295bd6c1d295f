"""Repayments on the wire."""

from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.repayments.model import Repayment, Share
from services.p2p.wire_ids import AccountId, ClaimId, LoanId, RepaymentId, TransferId


class RepaymentRequest(wire.Request):
    """amount: exactly the oldest unpaid instalment."""

    amount: wire.Amount
    currency: wire.Currency


class RepaymentAnswer(wire.Answer):
    """row: of the schedule; reason: why it was refused, a code such as `insufficient_funds`; then the row may be repaid again."""

    id: RepaymentId
    loan_id: LoanId
    row: int
    attempt: int
    amount: int
    principal_minor: int
    interest_minor: int
    currency: str
    state: Literal["pending", "shared", "refused"]
    reason: str | None
    requested_at: datetime
    changed_at: datetime


class ShareAnswer(wire.Answer):
    """transfer_id: the transfer in payments that brings, or would have brought, the share."""

    claim_id: ClaimId
    holder: str
    account_id: AccountId
    kind: Literal["principal", "interest"]
    amount_minor: int
    transfer_id: TransferId


class RepaymentsAnswer(wire.Answer):
    items: list[RepaymentAnswer]


class SharesAnswer(wire.Answer):
    items: list[ShareAnswer]


def repayment_answer(repayment: Repayment) -> RepaymentAnswer:
    return RepaymentAnswer(
        id=repayment.id,
        loan_id=repayment.loan_id,
        row=repayment.row_number,
        attempt=repayment.attempt,
        amount=repayment.amount_minor,
        principal_minor=repayment.principal_minor,
        interest_minor=repayment.interest_minor,
        currency=repayment.currency,
        state=repayment.state.value,
        reason=repayment.reason,
        requested_at=repayment.requested_at,
        changed_at=repayment.changed_at,
    )


def shares_answer(shares: list[Share]) -> SharesAnswer:
    return SharesAnswer(items=[ShareAnswer.model_validate(share) for share in shares])

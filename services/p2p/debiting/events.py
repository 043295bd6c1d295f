"""Events of mandates for repayment and of debits: what a borrower is told of how she repays."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.debiting.model import LoanDebit, RepaymentMandate
from services.p2p.wire_ids import LoanDebitId, LoanId, RepaymentId, RepaymentMandateId

MANDATE_CHANGED = "p2p.repayment_mandate.state_changed.v1"
DEBIT_CHANGED = "p2p.loan_debit.state_changed.v1"
MandateStateName = Literal["requested", "unsigned", "active", "stopped", "ended"]
DebitStateName = Literal[
    "asked", "sent", "advanced", "paid", "settled", "failed", "bounced", "unwound", "late", "returned"
]


class RepaymentMandateTold(Answer):
    """`stopped`: it can be debited no more (reason: a code), and what is due is taken from her wallet again."""

    repayment_mandate_id: RepaymentMandateId
    loan_id: LoanId
    borrower: str
    state: MandateStateName
    reason: str | None


class LoanDebitTold(Answer):
    """reason: of one that failed, a code. used_minor: what of it pays the repayment; the rest goes to her wallet."""

    loan_debit_id: LoanDebitId
    loan_id: LoanId
    borrower: str
    number: int
    amount: int
    used_minor: int
    currency: str
    state: DebitStateName
    reason: str | None
    repayment_id: RepaymentId | None


EVENT_TYPES: dict[str, type[Answer]] = {MANDATE_CHANGED: RepaymentMandateTold, DEBIT_CHANGED: LoanDebitTold}


def mandate_told(mandate: RepaymentMandate) -> dict[str, object]:
    return RepaymentMandateTold(
        repayment_mandate_id=mandate.id,
        loan_id=mandate.loan_id,
        borrower=mandate.borrower,
        state=mandate.state.value,
        reason=mandate.reason,
    ).model_dump(mode="json")


def debit_told(debit: LoanDebit, borrower: str) -> dict[str, object]:
    return LoanDebitTold(
        loan_debit_id=debit.id,
        loan_id=debit.loan_id,
        borrower=borrower,
        number=debit.number,
        amount=debit.amount_minor,
        used_minor=debit.used_minor,
        currency=debit.currency,
        state=debit.state.value,
        reason=debit.reason,
        repayment_id=debit.repayment_id,
    ).model_dump(mode="json")

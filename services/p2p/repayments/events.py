"""Events of repayments."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.loans.model import Loan
from services.p2p.repayments.model import Repayment
from services.p2p.wire_ids import LoanId, RepaymentId

REPAYMENT_SHARED = "p2p.repayment.shared.v1"
REPAYMENT_REFUSED = "p2p.repayment.refused.v1"
REPAYMENT_REVERSED = "p2p.repayment.reversed.v1"


class RepaymentTold(Answer):
    """A repayment reached its holders, was refused (reason: a code), or was reversed. amount: all of it; minor units.

    holders: who received; outstanding_minor: principal owed after it; overdue_days: how late it was, 0 if not; row: the first it pays of;
    fee_minor: of paying ahead of time, to the platform; source: `borrower`, `collection`, or `partner` who had been paid by her.
    """

    repayment_id: RepaymentId
    loan_id: LoanId
    borrower: str
    programme: str
    row: int
    attempt: int
    amount: int
    principal_minor: int
    interest_minor: int
    currency: str
    late_minor: int
    fee_minor: int
    source: Literal["borrower", "collection", "partner"]
    state: Literal["shared", "refused", "reversed"]
    holders: int
    outstanding_minor: int
    overdue_days: int
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = dict.fromkeys(
    (REPAYMENT_SHARED, REPAYMENT_REFUSED, REPAYMENT_REVERSED), RepaymentTold
)


def told(repayment: Repayment, loan: Loan, *, holders: int, overdue_days: int) -> dict[str, object]:
    return RepaymentTold(
        repayment_id=repayment.id,
        loan_id=repayment.loan_id,
        borrower=repayment.borrower,
        programme=loan.programme_code,
        row=repayment.row_number,
        attempt=repayment.attempt,
        amount=repayment.amount_minor,
        principal_minor=repayment.principal_minor,
        interest_minor=repayment.interest_minor,
        currency=repayment.currency,
        late_minor=repayment.late_minor,
        fee_minor=repayment.fee_minor,
        source=repayment.source.value,
        state=repayment.state.value,
        holders=holders,
        outstanding_minor=loan.outstanding_minor,
        overdue_days=overdue_days,
        reason=repayment.reason,
    ).model_dump(mode="json")

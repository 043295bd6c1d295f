"""Events of loans."""

from chassis.wire import Answer, Rate
from services.p2p.loans.model import Loan
from services.p2p.wire_ids import ApplicationId, ListingId, LoanId

LOAN_DISBURSED = "p2p.loan.disbursed.v1"
LOAN_CANCELLED = "p2p.loan.cancelled.v1"
LOAN_REPAID = "p2p.loan.repaid.v1"
LOAN_WRITTEN_OFF = "p2p.loan.written_off.v1"


class LoanTold(Answer):
    """A loan was paid out, came to nothing (reason: why), was repaid to the end or written off. amount: principal; all in minor units."""

    loan_id: LoanId
    listing_id: ListingId
    application_id: ApplicationId
    borrower: str
    programme: str
    programme_version: int
    grade: str
    amount: int
    currency: str
    annual_rate: Rate
    term_months: int
    payout_minor: int
    origination_fee_minor: int
    reserve_contribution_minor: int
    outstanding_minor: int
    holders: int
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = dict.fromkeys(
    (LOAN_DISBURSED, LOAN_CANCELLED, LOAN_REPAID, LOAN_WRITTEN_OFF), LoanTold
)


def told(loan: Loan, holders: int) -> dict[str, object]:
    return LoanTold(
        loan_id=loan.id,
        listing_id=loan.listing_id,
        application_id=loan.application_id,
        borrower=loan.borrower,
        programme=loan.programme_code,
        programme_version=loan.programme_version,
        grade=loan.grade,
        amount=loan.principal_minor,
        currency=loan.currency,
        annual_rate=loan.annual_rate,
        term_months=loan.term_months,
        payout_minor=loan.payout_minor,
        origination_fee_minor=loan.origination_fee_minor,
        reserve_contribution_minor=loan.reserve_contribution_minor,
        outstanding_minor=loan.outstanding_minor,
        holders=holders,
        reason=loan.reason,
    ).model_dump(mode="json")

"""Loans on the wire."""

from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes.schemas import Method
from services.p2p.wire_ids import AccountId, ApplicationId, ListingId, LoanId, RepaymentId

StateName = Literal["disbursing", "repaying", "repaid", "written_off", "cancelled"]


class LoanAnswer(wire.Answer):
    """The contract as it was made. all_in_rate: with every fee, on the day of the contract; ceiling_rate: what the law allowed.

    borrower and her account are shown to herself and to operators alone.
    """

    id: LoanId
    listing_id: ListingId
    application_id: ApplicationId | None
    borrower: str | None
    borrower_account_id: AccountId | None
    grade: str
    programme: str
    programme_version: int
    amount: int
    currency: str
    annual_rate: wire.Rate
    term_months: int
    method: Method
    day_count: str
    origination_fee_minor: int
    reserve_contribution_minor: int
    payout_minor: int
    all_in_rate: wire.Rate
    ceiling_rate: wire.Rate
    starts_on: wire.Day
    state: StateName
    reason: str | None
    outstanding_minor: int
    contracted_at: datetime
    disbursed_at: datetime | None
    changed_at: datetime
    schedule_version: int


class ScheduleLine(wire.Answer):
    """…_paid_minor: what was repaid of it by now, in part or whole; paid_at: when nothing of it was left unpaid."""

    number: int
    from_on: wire.Day
    due_on: wire.Day
    days: int
    principal_minor: int
    interest_minor: int
    payment_minor: int
    balance_minor: int
    repayment_id: RepaymentId | None
    paid_at: datetime | None
    principal_paid_minor: int
    interest_paid_minor: int
    late_paid_minor: int


class LoanScheduleAnswer(wire.Answer):
    """version: of the schedule; rows of one that is in force no more are shown as they were agreed."""

    loan_id: LoanId
    currency: str
    version: int
    rows: list[ScheduleLine]


def loan_answer(loan: Loan, *, private: bool) -> LoanAnswer:
    return LoanAnswer(
        id=loan.id,
        listing_id=loan.listing_id,
        application_id=loan.application_id if private else None,
        borrower=loan.borrower if private else None,
        borrower_account_id=loan.borrower_account_id if private else None,
        grade=loan.grade,
        programme=loan.programme_code,
        programme_version=loan.programme_version,
        amount=loan.principal_minor,
        currency=loan.currency,
        annual_rate=loan.annual_rate,
        term_months=loan.term_months,
        method=loan.method,
        day_count=loan.day_count,
        origination_fee_minor=loan.origination_fee_minor,
        reserve_contribution_minor=loan.reserve_contribution_minor,
        payout_minor=loan.payout_minor,
        all_in_rate=loan.all_in_rate,
        ceiling_rate=loan.ceiling_rate,
        starts_on=loan.starts_on,
        state=loan.state.value,
        reason=loan.reason,
        outstanding_minor=loan.outstanding_minor,
        contracted_at=loan.contracted_at,
        disbursed_at=loan.disbursed_at,
        changed_at=loan.changed_at,
        schedule_version=loan.schedule_version,
    )


def schedule_answer(loan: Loan, version: int, rows: list[LoanRow]) -> LoanScheduleAnswer:
    lines = [ScheduleLine.model_validate(row) for row in rows]
    return LoanScheduleAnswer(loan_id=loan.id, currency=loan.currency, version=version, rows=lines)

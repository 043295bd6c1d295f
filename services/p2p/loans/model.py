"""A loan: a full listing's contract, with terms frozen on the day it was made."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from finance.schedules import Row


class LoanState(StrEnum):
    DISBURSING = "disbursing"
    REPAYING = "repaying"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"
    """Nobody expects it to be repaid; what is recovered still goes to whoever holds the claims."""
    CANCELLED = "cancelled"
    """The money could not be moved: no loan came about."""


class LoanEvent(StrEnum):
    DISBURSE = "disburse"
    CANCEL = "cancel"
    REPAY = "repay"
    REPAY_LAST = "repay_last"
    TAKE_BACK = "take_back"
    """A repayment that was shared out is reversed."""
    TAKE_BACK_LOSS = "take_back_loss"
    """The last one of a loan that was given up is."""
    AGREE_ANEW = "agree_anew"
    """Other terms were agreed with the borrower."""
    WRITE_OFF = "write_off"


OWED = frozenset({LoanState.REPAYING, LoanState.WRITTEN_OFF})
"""Paid out, and not repaid."""


@dataclass(frozen=True, slots=True)
class Loan:
    """Amounts in minor units. account_id: the listing's account in payments, through which the payout goes.

    outstanding_minor: principal owed; Σ of the claims on it once it is disbursed. schedule_version: 1 as contracted; another with every
    payment ahead of time and all terms agreed anew. originator_id: who proposed it.
    """

    id: UUID
    listing_id: UUID
    application_id: UUID
    borrower: str
    grade: str
    programme_code: str
    programme_version: int
    principal_minor: int
    currency: str
    annual_rate: Decimal
    term_months: int
    method: str
    day_count: str
    origination_fee_minor: int
    reserve_contribution_minor: int
    all_in_rate: Decimal
    ceiling_rate: Decimal
    account_id: UUID
    borrower_account_id: UUID
    starts_on: date
    state: LoanState
    reason: str | None
    outstanding_minor: int
    contracted_at: datetime
    disbursed_at: datetime | None
    changed_at: datetime
    schedule_version: int = 1
    originator_id: UUID | None = None

    @property
    def payout_minor(self) -> int:
        return self.principal_minor - self.origination_fee_minor - self.reserve_contribution_minor


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A due payment of the schedule in force. balance_minor: principal owed after it, all paid as planned.

    annual_rate: at its beginning, where that is not the contract's; repayment_id, paid_at: the repayment that left nothing of it unpaid,
    and when that was shared out.
    """

    loan_id: UUID
    number: int
    from_on: date
    due_on: date
    days: int
    principal_minor: int
    interest_minor: int
    balance_minor: int
    repayment_id: UUID | None
    paid_at: datetime | None
    principal_paid_minor: int = 0
    interest_paid_minor: int = 0
    late_paid_minor: int = 0
    annual_rate: Decimal | None = None

    @classmethod
    def planned(cls, loan_id: UUID, row: Row) -> "LoanRow":
        """As the schedule has it, with nothing paid of it."""
        return cls(
            loan_id=loan_id,
            number=row.number,
            from_on=row.from_on,
            due_on=row.due_on,
            days=row.days,
            principal_minor=row.principal_minor,
            interest_minor=row.interest_minor,
            balance_minor=row.balance_minor,
            repayment_id=None,
            paid_at=None,
        )

    @property
    def payment_minor(self) -> int:
        return self.principal_minor + self.interest_minor

    @property
    def principal_left_minor(self) -> int:
        return self.principal_minor - self.principal_paid_minor

    @property
    def interest_left_minor(self) -> int:
        return self.interest_minor - self.interest_paid_minor

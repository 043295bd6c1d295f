"""A drawing: money taken from a line, paid out of the lender's capital, repaid with daily interest."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class DrawingState(StrEnum):
    PENDING = "pending"
    """It takes room on its line; the ledger has not answered."""
    OUTSTANDING = "outstanding"
    REPAID = "repaid"
    REFUSED = "refused"
    """The ledger would not pay it out; its room is free again."""


class DrawingEvent(StrEnum):
    DISBURSE = "disburse"
    REFUSE = "refuse"
    REPAY = "repay"
    REPAY_LAST = "repay_last"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Amounts in minor units. used_minor: of limit_minor, with this drawing, when it was asked for.

    account_id: the borrower's wallet account, capital_account_id: the lender's; both known from disbursement on.
    interest_accrued: exact, of every day from drawn_on up to and without accrued_to_on; interest_repaid_minor: received of it.
    repayment_id: the repayment under way, while which no further day is accrued.
    """

    id: UUID
    line_id: UUID
    borrower: str
    amount_minor: int
    currency: str
    daily_rate: Decimal
    term_months: int
    limit_minor: int
    used_minor: int
    state: DrawingState
    reason: str | None
    account_id: UUID | None
    capital_account_id: UUID | None
    outstanding_minor: int
    interest_accrued: Decimal
    interest_repaid_minor: int
    drawn_on: date | None
    accrued_to_on: date | None
    due_on: date | None
    repayment_id: UUID | None
    requested_at: datetime
    disbursed_at: datetime | None
    changed_at: datetime

    @property
    def principal_repaid_minor(self) -> int:
        return self.amount_minor - self.outstanding_minor if self.disbursed_at else 0

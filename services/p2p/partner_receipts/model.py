"""What a partner received from a borrower of its own (合作机构代收), and passes on to the holders of the loan."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ReceiptState(StrEnum):
    HELD = "held"
    """The partner has the money."""
    PASSING = "passing"
    """The repayment from its wallet is under way."""
    OWING = "owing"
    """Passed on late: the interest for that is still to be paid."""
    PASSED = "passed"
    RETURNED = "returned"
    """Given back to the borrower: nothing was repaid with it."""


class ReceiptEvent(StrEnum):
    PASS_ON = "pass_on"
    REFUSE = "refuse"
    SETTLE = "settle"
    SETTLE_LATE = "settle_late"
    PAY = "pay"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class PartnerReceipt:
    """Amounts in minor units. received_on: when the borrower paid the partner; pass_on_by: the last day without interest.

    daily_rate: what it bears for each day after that, of what belongs to others; interest_minor: that, once it was passed on. party: the
    partner; account_id: its wallet's, once it paid from it. tries: refused ones, of the interest; due_at: when something happens by itself.

    taken_back_id: the repayment by which it had been passed on before, if that was taken back; hold_id: on what the wallet has of it.
    """

    id: UUID
    originator_id: UUID
    party: str
    loan_id: UUID
    amount_minor: int
    currency: str
    received_on: date
    pass_on_by: date
    daily_rate: str
    state: ReceiptState
    repayment_id: UUID | None
    account_id: UUID | None
    passed_on: date | None
    interest_minor: int
    tries: int
    reason: str | None
    recorded_at: datetime
    changed_at: datetime
    due_at: datetime | None
    taken_back_id: UUID | None = None
    hold_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class InterestShare:
    """One holder's part of the interest, and the account that it goes to."""

    receipt_id: UUID
    claim_id: UUID
    holder: str
    account_id: UUID
    amount_minor: int

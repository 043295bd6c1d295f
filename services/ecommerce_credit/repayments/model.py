"""A repayment: from the borrower's wallet to the lender's income and capital, all of it or nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class RepaymentState(StrEnum):
    PENDING = "pending"
    """Its parts are fixed; the ledger has not answered."""
    RECEIVED = "received"
    REFUSED = "refused"


class RepaymentEvent(StrEnum):
    RECEIVE = "receive"
    REFUSE = "refuse"


class PartKind(StrEnum):
    INTEREST = "interest"
    PRINCIPAL = "principal"


@dataclass(frozen=True, slots=True)
class Repayment:
    """Amounts in minor units. requested_on: the business day whose interest it pays up to and without."""

    id: UUID
    line_id: UUID
    borrower: str
    account_id: UUID
    amount_minor: int
    principal_minor: int
    interest_minor: int
    currency: str
    requested_on: date
    state: RepaymentState
    reason: str | None
    requested_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """What of a repayment goes to one kind of money of one drawing, and the transfer that brings it."""

    repayment_id: UUID
    drawing_id: UUID
    kind: PartKind
    amount_minor: int
    transfer_id: UUID

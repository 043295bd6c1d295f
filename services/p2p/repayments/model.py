"""A repayment of an instalment: from the borrower's wallet to every holder, to the minor unit, all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class RepaymentState(StrEnum):
    PENDING = "pending"
    """Its shares are fixed; the ledger has not answered."""
    SHARED = "shared"
    REFUSED = "refused"


class ShareKind(StrEnum):
    PRINCIPAL = "principal"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True)
class Repayment:
    """row_number: of the schedule; attempt: from 1, counting tries at the row that were refused; amounts in minor units."""

    id: UUID
    loan_id: UUID
    row_number: int
    attempt: int
    borrower: str
    account_id: UUID
    amount_minor: int
    principal_minor: int
    interest_minor: int
    currency: str
    state: RepaymentState
    reason: str | None
    requested_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """One holder's part of one kind of money, and the transfer that brings it."""

    repayment_id: UUID
    claim_id: UUID
    kind: ShareKind
    holder: str
    account_id: UUID
    amount_minor: int
    transfer_id: UUID

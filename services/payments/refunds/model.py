"""Money of a paid order given back to those who paid it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class RefundState(StrEnum):
    PENDING_FUNDS = "refund_pending_funds"
    """The merchant has not enough; it is tried again until its deadline."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Refund:
    """amount, fee_returned: minor units. merchant_refund_number: the merchant's own, unique among all her refunds.

    due_at: when it is tried again; expires_at: pending funds by then, it fails.
    """

    id: UUID
    order_id: UUID
    merchant_id: UUID
    merchant_refund_number: str
    amount: int
    currency: str
    reason: str
    state: RefundState
    requested_at: datetime
    fee_returned: int = 0
    failure_code: str | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class RefundLeg:
    """What one part of the payment gets back. return_id: of what is sent back to a card, whose bank has its own time."""

    refund_id: UUID
    payment_id: UUID
    amount: int
    return_id: UUID | None = None


@dataclass(frozen=True)
class Source:
    """An account that a refund may take from, and how much of it."""

    account_id: UUID
    available: int


@dataclass(frozen=True)
class Movement:
    debit_account_id: UUID
    credit_account_id: UUID
    amount: int

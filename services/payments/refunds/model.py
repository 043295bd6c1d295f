"""Money of a paid order given back to those who paid it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.payments.orders.model import OrderPayment


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
    """What one part of the payment gets back. return_id: of what is sent back to a card, whose bank has its own time.

    restored: of a card's, what its bank had taken back already, and the merchant has who answered for it.
    """

    refund_id: UUID
    payment_id: UUID
    amount: int
    return_id: UUID | None = None
    restored: int = 0


@dataclass(frozen=True)
class Part:
    """What a refund gives back of one part of the payment, and to which account.

    restored: how much of it who answered for the charge (answered_by) gets instead.
    """

    payment: OrderPayment
    amount: int
    account_id: UUID
    restored: int = 0
    answered_by: UUID | None = None

    def to(self, account_id: UUID) -> "Part":
        return replace(self, account_id=account_id)

    def restoring(self, account_id: UUID, amount: int) -> "Part":
        return replace(self, answered_by=account_id, restored=amount) if amount else self

    @property
    def destinations(self) -> list[tuple[UUID, int]]:
        """Accounts and what each gets."""
        ways = [(self.answered_by, self.restored), (self.account_id, self.amount - self.restored)]
        return [(account_id, amount) for account_id, amount in ways if account_id is not None and amount]


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

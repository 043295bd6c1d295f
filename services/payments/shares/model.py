"""Parts of one order that go to others (分账)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ShareState(StrEnum):
    DECLARED = "declared"
    """Frozen with the order's proceeds until these are settled."""
    PAID = "paid"
    CANCELLED = "cancelled"
    """Refunds took it all, or when the order was settled it could not be paid: the money is the merchant's."""


@dataclass(frozen=True)
class Receiver:
    """Whom a merchant may share with. removed_at: nothing new since."""

    id: UUID
    merchant_id: UUID
    account_id: UUID
    relation: str
    registered_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True)
class Share:
    """amount: as declared, minor units. called_back: by refunds before it was paid. paid_minor: once it was; returned: of that."""

    id: UUID
    order_id: UUID
    merchant_id: UUID
    receiver_id: UUID
    account_id: UUID
    amount: int
    state: ShareState
    declared_at: datetime
    called_back: int = 0
    paid_minor: int = 0
    returned: int = 0
    settlement_id: UUID | None = None
    cancel_code: str | None = None

    @property
    def outstanding(self) -> int:
        """What refunds may still call back."""
        if self.state is ShareState.DECLARED:
            return self.amount - self.called_back
        return self.paid_minor - self.returned

"""Money on its way between two books, which may be on two servers: held here, delivered there, posted here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class PassState(StrEnum):
    HELD = "held"
    """Set aside in the book it leaves."""
    DELIVERED = "delivered"
    """In the account it was meant for; the hold is still to be posted."""
    COMPLETED = "completed"
    REFUSED = "refused"
    """The other book would not take it; the hold is still to be voided."""
    RETURNED = "returned"


OPEN = frozenset({PassState.HELD, PassState.DELIVERED, PassState.REFUSED})


@dataclass(frozen=True)
class Pass:
    """amount in minor units. hold_id: in the book of the account debited; delivery_id: in that of the account credited."""

    id: UUID
    owner: str
    debit_account_id: UUID
    credit_account_id: UUID
    amount: int
    currency: str
    reference: str
    state: PassState
    failure_code: str | None
    hold_id: UUID
    delivery_id: UUID
    requested_at: datetime
    ended_at: datetime | None

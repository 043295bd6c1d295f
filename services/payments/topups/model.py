"""Money a customer brings in from her card."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class TopUpState(StrEnum):
    PENDING = "pending"
    """The bank's result is not final; only a query tells."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class TopUp:
    """amount in minor units. late: booked after it had been given up as failed."""

    id: UUID
    customer_id: UUID
    wallet_id: UUID
    account_id: UUID
    card_id: UUID
    bank: str
    amount: int
    currency: str
    state: TopUpState
    failure_code: str | None
    late: bool
    instruction_id: UUID
    requested_at: datetime
    ended_at: datetime | None

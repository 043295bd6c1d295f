"""Money a customer takes out to her own card."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class WithdrawalState(StrEnum):
    PENDING = "pending"
    """The money is held on the wallet; the bank's result is not final."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RETURNED = "returned"
    """Paid out, and sent back by the payee's bank (退票): the customer has her money again."""


@dataclass(frozen=True)
class Withdrawal:
    """amount in minor units. bank: whose reserve pays it out. late: the bank paid after it had been given up as failed."""

    id: UUID
    customer_id: UUID
    wallet_id: UUID
    account_id: UUID
    card_id: UUID
    bank: str
    amount: int
    currency: str
    state: WithdrawalState
    failure_code: str | None
    late: bool
    hold_id: UUID
    instruction_id: UUID
    requested_at: datetime
    ended_at: datetime | None

"""Money from one customer's wallet to another's (转账): at once, or after a while in which the payer may take it back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Arrival(StrEnum):
    AT_ONCE = "at_once"
    AFTER_2_HOURS = "after_2_hours"
    AFTER_24_HOURS = "after_24_hours"


class PersonTransferState(StrEnum):
    PENDING = "pending"
    """Held in the payer's wallet until it arrives; revocable until then."""
    ARRIVED = "arrived"
    REVOKED = "revoked"
    RETURNED = "returned"
    """When it should have arrived the ledger refused: the payer has it back."""


@dataclass(frozen=True)
class PersonTransfer:
    """amount in minor units. name_checked: the payer said the payee's name as it was proved. due_at: when it arrives.

    hold_id: of one that arrives later; transfer_id: what moved the money; failure_code: why it was returned.
    """

    id: UUID
    payer_id: UUID
    payer_wallet_id: UUID
    payer_account_id: UUID
    payee_id: UUID
    payee_wallet_id: UUID
    payee_account_id: UUID
    amount: int
    currency: str
    note: str
    arrival: Arrival
    name_checked: bool
    state: PersonTransferState
    failure_code: str | None
    hold_id: UUID | None
    transfer_id: UUID | None
    made_at: datetime
    due_at: datetime | None
    ended_at: datetime | None

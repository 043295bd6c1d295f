"""What somebody owes the platform, because money that was hers went back to where it came from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ReceivableState(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    """Not repaid by its deadline: operators decide. What comes in is still taken."""
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"


LIVE = frozenset({ReceivableState.OPEN, ReceivableState.OVERDUE})


class Cause(StrEnum):
    CHARGE_REVERSED = "charge_reversed"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_FEE = "dispute_fee"


@dataclass(frozen=True)
class Receivable:
    """account_id: which is restricted until it is repaid. original: the record it goes back to (`tup_…`). source: what made it."""

    id: UUID
    account_id: UUID
    owner: str
    currency: str
    amount: int
    repaid: int
    written_off: int
    cause: Cause
    original: str
    source: str
    state: ReceivableState
    incurred_at: datetime
    due_at: datetime
    ended_at: datetime | None

    @property
    def outstanding(self) -> int:
        return self.amount - self.repaid - self.written_off


@dataclass(frozen=True)
class Claim:
    """Money the platform takes back from an account. code: of the transfer; owed_code: of what the account does not have.

    credit_account_id: where it goes; reference: of the transfers.
    """

    account_id: UUID
    owner: str
    amount: int
    currency: str
    credit_account_id: UUID
    code: str
    owed_code: str
    reference: str
    cause: Cause
    source: str

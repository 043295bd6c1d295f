"""The lender's own money: put in, and taken out again, by registered funding parties. Nothing else makes capital."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FundingParty:
    """A customer who funds the lender. ended_at: from when she may only take out."""

    id: UUID
    customer: str
    registered_by: str
    registered_at: datetime
    ended_at: datetime | None


class MovementKind(StrEnum):
    CONTRIBUTION = "contribution"
    WITHDRAWAL = "withdrawal"


class MovementState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"


class MovementEvent(StrEnum):
    FINISH = "finish"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Movement:
    """Money between a funding party's wallet and the lender's capital; accounts known once it is done."""

    id: UUID
    party_id: UUID
    customer: str
    kind: MovementKind
    amount_minor: int
    currency: str
    state: MovementState
    reason: str | None
    account_id: UUID | None
    capital_account_id: UUID | None
    requested_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """What a funding party has in the lender, in one currency. leaving_minor: withdrawals under way."""

    customer: str
    currency: str
    contributed_minor: int
    withdrawn_minor: int
    leaving_minor: int

    @property
    def claim_minor(self) -> int:
        return self.contributed_minor - self.withdrawn_minor

    @property
    def free_minor(self) -> int:
        """What she may still ask for; whether the money is there, and not lent, the ledger says."""
        return self.claim_minor - self.leaving_minor

"""A listing (标): an approved wish to borrow, offered to lenders until it is full or its deadline passes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class ListingState(StrEnum):
    DRAFT = "draft"
    """Its account in payments is being opened."""
    OPEN = "open"
    FULL = "full"
    DISBURSING = "disbursing"
    """The contract stands; the money is being moved."""
    DISBURSED = "disbursed"
    RELEASING = "releasing"
    """It failed; its holds are being voided."""
    FAILED = "failed"


class ListingEvent(StrEnum):
    OPEN = "open"
    FILL = "fill"
    CONTRACT = "contract"
    DISBURSE = "disburse"
    REOPEN = "reopen"
    FAIL = "fail"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Listing:
    """Amounts in minor units. committed_minor: bids whose holds are asked for or placed; placed_minor: of those, placed.

    account_id: where the holds go; borrower_account_id: where the payout goes; due_at: when its state ends by itself.
    highest_rate: of a reverse auction alone, what the borrower pays at most; annual_rate is the same until it is cleared.
    """

    id: UUID
    application_id: UUID
    borrower: str
    grade: str
    purpose: str
    programme_code: str
    programme_version: int
    amount_minor: int
    currency: str
    annual_rate: Decimal
    term_months: int
    method: str
    lot_minor: int
    state: ListingState
    reason: str | None
    account_id: UUID | None
    borrower_account_id: UUID | None
    committed_minor: int
    placed_minor: int
    requested_at: datetime
    closes_at: datetime
    opened_at: datetime | None
    full_at: datetime | None
    changed_at: datetime
    due_at: datetime | None
    highest_rate: Decimal | None = None
    retained_minor: int | None = None
    retained_by: str | None = None

    @property
    def is_auction(self) -> bool:
        return self.highest_rate is not None

    @property
    def left_minor(self) -> int:
        """What may still be bid: in an auction up to all of it, at a lower rate."""
        return self.amount_minor if self.is_auction else self.amount_minor - self.committed_minor


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a listing's state, kept for ever."""

    listing_id: UUID
    number: int
    event: ListingEvent | None
    state: ListingState
    taken_by: str
    taken_at: datetime
    reason: str | None

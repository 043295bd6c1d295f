"""A bid (投标): a lender's offer to fund part of a listing, backed by a hold on her wallet."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class BidState(StrEnum):
    PENDING = "pending"
    """The ledger has not answered its hold."""
    PLACED = "placed"
    REFUSED = "refused"
    RELEASING = "releasing"
    """Its hold is being voided."""
    RELEASED = "released"
    FUNDED = "funded"
    """Its hold was posted: the lender holds a claim."""


class BidEvent(StrEnum):
    PLACE = "place"
    REFUSE = "refuse"
    RELEASE = "release"
    RELEASED = "released"
    FUND = "fund"


@dataclass(frozen=True, slots=True)
class Bid:
    """lender: `cus_…`; account_id: her wallet's; hold_id: the pending transfer; loan_id: the contract it is part of.

    standing_order_id: of the order that bid for her. annual_rate: in an auction alone; held_minor: what is held, where an auction was won
    with a part of it.
    """

    id: UUID
    listing_id: UUID
    lender: str
    amount_minor: int
    currency: str
    state: BidState
    reason: str | None
    account_id: UUID | None
    hold_id: UUID | None
    loan_id: UUID | None
    requested_at: datetime
    changed_at: datetime
    standing_order_id: UUID | None = None
    annual_rate: Decimal | None = None
    held_minor: int | None = None

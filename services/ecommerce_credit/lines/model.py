"""A credit line: an accepted limit on a shop, drawn on and repaid at any time."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class LineState(StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    """Nothing more may be drawn; what is owed is repaid, or the line renewed."""
    CLOSED = "closed"


class LineEvent(StrEnum):
    RENEW = "renew"
    EXPIRE = "expire"
    CLOSE = "close"
    SETTLE = "settle"
    """An expired line owes nothing any more."""


class Role(StrEnum):
    OWNER = "owner"
    OPERATOR = "operator"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Line:
    """pending_minor: drawings that the ledger has not answered; outstanding_minor: principal owed, Σ of its drawings.

    limit, daily_rate and term hold for drawings to come; due_at: when it may no longer be drawn on.
    """

    id: UUID
    shop_id: UUID
    owner: str
    limit_id: UUID
    limit_minor: int
    currency: str
    daily_rate: Decimal
    term_months: int
    state: LineState
    pending_minor: int
    outstanding_minor: int
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    due_at: datetime | None

    @property
    def used_minor(self) -> int:
        return self.pending_minor + self.outstanding_minor

    @property
    def available_minor(self) -> int:
        """What may still be drawn. A renewal to a lower limit may leave less than what is owed: then nothing."""
        return max(0, self.limit_minor - self.used_minor) if self.state is LineState.OPEN else 0


@dataclass(frozen=True, slots=True)
class LineStep:
    """A step of a line, kept for ever. event: None where it was opened."""

    line_id: UUID
    number: int
    event: LineEvent | None
    state: LineState
    limit_id: UUID
    limit_minor: int
    taken_by: str
    taken_at: datetime

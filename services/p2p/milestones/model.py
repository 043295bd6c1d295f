"""A milestone: a part of what was collected, paid out when the creator has shown what was done."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class MilestoneState(StrEnum):
    PLANNED = "planned"
    OVERDUE = "overdue"
    """Not reported by its day: staff gives another one, or the rest is refunded."""
    REPORTED = "reported"
    CHECKED = "checked"
    """One of staff is for paying it; another one decides."""
    PAYING = "paying"
    PAID = "paid"
    CLOSED = "closed"
    """The project ended before: its money went back."""


class MilestoneEvent(StrEnum):
    REPORT = "report"
    MISS = "miss"
    EXTEND = "extend"
    CHECK = "check"
    RETURN = "return"
    RELEASE = "release"
    PAY = "pay"
    REFUSE = "refuse"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Milestone:
    """share: of the payout; due_on: by when it is reported. net_minor, fee_minor: what its payout moves, known once funded.

    used_minor: of a public benefit, what was spent up to its report. attempts: payouts that the ledger was asked for.
    """

    id: UUID
    project_id: UUID
    number: int
    title: str
    share: Decimal
    due_on: date
    state: MilestoneState
    reason: str | None
    net_minor: int | None
    fee_minor: int | None
    evidence: str | None
    used_minor: int | None
    checked_by: str | None
    released_by: str | None
    attempts: int
    changed_at: datetime
    due_at: datetime | None

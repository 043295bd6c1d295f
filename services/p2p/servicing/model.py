"""The close of a day (日终): for every loan that is being repaid, what interest the day earned and how late the loan is."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

SLICE_LOANS = 20_000
"""Loans of one transaction."""


class CloseState(StrEnum):
    CLOSING = "closing"
    """Slice by slice; a run that was cut off goes on after the last slice."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DayClose:
    """day: the one that is closed, after it has ended; after_loan: the last loan done; loans: done so far."""

    day: date
    state: CloseState
    after_loan: UUID
    loans: int
    begun_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Aged:
    """The loans of a currency in a bucket. interest_minor: earned on the day; amounts in minor units. stopped: loans that earn no more."""

    day: date
    currency: str
    bucket: str
    loans: int
    outstanding_minor: int
    interest_minor: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Accrual:
    """A loan on a day. interest_minor: earned from the day's beginning to its end; 0 once interest has stopped."""

    on_day: date
    loan_id: UUID
    currency: str
    outstanding_minor: int
    interest_minor: int
    days_past_due: int
    accrues: bool

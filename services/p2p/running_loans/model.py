"""A loan that runs on another platform: what its file says of it, and what explains that."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

LENDING_CLUB_RUNNING = "lendingclub.running_loans"


class Explained(StrEnum):
    """What accounts for the principal that was repaid."""

    BY_INSTALMENTS = "by_instalments"
    """Whole instalments, to a few cents."""
    WITH_EXTRA = "with_extra"
    """Whole instalments, and a further payment of principal."""
    SETTLED = "settled"
    """Nothing is left: the rest was paid ahead of time."""
    WRITTEN_OFF = "written_off"
    """Nothing is asked for any more, though not all was repaid."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the file says; amounts in minor units, the rate of a year. issued_on: the first of the month of issue; no other day is told."""

    principal_minor: int
    currency: str
    annual_rate: Decimal
    term_months: int
    instalment_minor: int
    issued_on: date
    status: str
    balance_minor: int
    paid_principal_minor: int
    paid_interest_minor: int
    paid_late_fees_minor: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """instalments_paid: whole ones; difference_minor: balance told less balance after them, and the extra payment.

    odd_days: by how many days the first period was longer than a month, from the interest paid; None where an extra payment hides it,
    and where no instalment was paid. extra_minor: principal repaid beyond those instalments.
    """

    explained: Explained
    instalments_paid: int
    difference_minor: int
    odd_days: Decimal | None
    extra_minor: int


@dataclass(frozen=True, slots=True)
class RunningLoan:
    """A loan of elsewhere: nobody holds a claim on it here, and no transfer of ours is behind it."""

    id: UUID
    source: str
    source_row: str
    source_hash: bytes
    standing: Standing
    explanation: Explanation
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """Of all running loans of a source. odd_days_usual: of `odd_days_known`, those from −18 to +14; extras: payments beyond instalments."""

    loans: int
    by_instalments: int
    with_extra: int
    settled: int
    written_off: int
    largest_difference_minor: int
    odd_days_known: int
    odd_days_usual: int
    extras_minor: int
    balance_minor: int

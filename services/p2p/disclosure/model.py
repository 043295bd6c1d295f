"""The monthly operating report (信息披露): what a lending platform shows the public, of one month and one currency."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

BUCKETS = ("M1", "M2", "M3", "M4", "M5", "M6", "M6+")
MOST_RELATED = 1_000


class Month(NamedTuple):
    """A calendar month in the suite's zone."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> "Month":
        """From `2026-11`."""
        year, _, number = text.partition("-")
        return cls(int(year), int(number))

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def following(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


class Relation(StrEnum):
    """Why a borrower is a related party (关联方)."""

    SHAREHOLDER = "shareholder"
    MANAGEMENT = "management"
    RELATIVE = "relative"
    CONTROLLED = "controlled"
    """An organisation that one of these controls."""


@dataclass(frozen=True, slots=True)
class RelatedParty:
    """party: `cus_…`; until_on: the first day on which it is none any more."""

    party: str
    relation: Relation
    source: str
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """Loans by how late their oldest unpaid row is at the month's end. overdue_minor: principal and interest past due."""

    bucket: str
    loans: int
    outstanding_minor: int
    overdue_minor: int


@dataclass(frozen=True, slots=True)
class Indicators:
    """Amounts in minor units, shares between 0 and 1. `…_ever`: since the first loan; `…_now`: at the month's end; else in the month.

    interest_due_minor: of schedules, unpaid; written_off_…: given up and owed still, which is overdue too;
    largest_…_share: of what is outstanding, owed by the largest borrower and the ten largest.
    """

    lent_minor: int = 0
    loans: int = 0
    lent_ever_minor: int = 0
    loans_ever: int = 0
    average_loan_minor: int = 0
    average_annual_rate: Decimal = Decimal(0)
    average_term_months: Decimal = Decimal(0)
    repaid_principal_minor: int = 0
    repaid_interest_minor: int = 0
    outstanding_minor: int = 0
    outstanding_loans: int = 0
    interest_due_minor: int = 0
    borrowers_now: int = 0
    borrowers_ever: int = 0
    lenders_now: int = 0
    lenders_ever: int = 0
    largest_borrower_share: Decimal = Decimal(0)
    ten_largest_borrowers_share: Decimal = Decimal(0)
    related_minor: int = 0
    related_loans: int = 0
    overdue_minor: int = 0
    overdue_loans: int = 0
    overdue_90_minor: int = 0
    overdue_90_loans: int = 0
    written_off_minor: int = 0
    written_off_loans: int = 0
    compensated_ever_minor: int = 0
    compensated_loans_ever: int = 0
    origination_fees_minor: int = 0
    origination_fees_ever_minor: int = 0
    prepayment_fees_minor: int = 0
    prepayment_fees_ever_minor: int = 0
    collection_fees_minor: int = 0
    collection_fees_ever_minor: int = 0
    interest_fees_minor: int = 0
    interest_fees_ever_minor: int = 0
    resale_fees_minor: int = 0
    resale_fees_ever_minor: int = 0
    plan_fees_minor: int = 0
    plan_fees_ever_minor: int = 0
    reserve_contributions_minor: int = 0
    reserve_fund_minor: int = 0
    overdue: tuple[Overdue, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class OperatingReport:
    """version: 1 as first published, each further one a correction for its reason; none is edited."""

    month: str
    currency: str
    version: int
    indicators: Indicators
    reason: str | None
    made_by: str
    made_at: datetime

"""A wish to borrow: graded by a rule, decided by a rule or by staff, listed once it is approved."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

LENDING_CLUB = "lendingclub.loans"


class ApplicationState(StrEnum):
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    DECLINED = "declined"
    LISTED = "listed"
    FUNDED = "funded"
    EXPIRED = "expired"
    RECORDED = "recorded"
    """Imported: graded, and never to be listed here."""


class ApplicationEvent(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"
    LIST = "list"
    UNLIST = "unlist"
    FUND = "fund"
    EXPIRE = "expire"


class Role(StrEnum):
    """What a caller is to an application. TIME is the deadline; LISTING, what becomes of its listing."""

    BORROWER = "borrower"
    OPERATOR = "operator"
    LISTING = "listing"
    TIME = "time"


class Purpose(StrEnum):
    CONSUMPTION = "consumption"
    EDUCATION = "education"
    HOME_IMPROVEMENT = "home_improvement"
    MEDICAL = "medical"
    SMALL_BUSINESS = "small_business"
    DEBT_CONSOLIDATION = "debt_consolidation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Grading:
    """reasons: codes of what cost the most points, worst first; refusals: codes of what alone forbids a loan."""

    scorecard_version: str
    score: int
    grade: str
    reasons: tuple[str, ...]
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """borrower: `cus_…`, None for an imported one; limit_minor: most she may list; due_at: when the state ends by itself.

    source, source_row, source_hash: of an imported one, where it came from and what stood there.
    """

    id: UUID
    borrower: str | None
    amount_minor: int
    currency: str
    term_months: int
    purpose: str
    state: ApplicationState
    score: int
    grade: str
    reasons: tuple[str, ...]
    scorecard_version: str
    limit_minor: int
    decided_by: str
    source: str
    source_row: str | None
    source_hash: bytes | None
    submitted_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A step of an application, kept for ever. note: the reviewer's own words, shown to operators alone."""

    application_id: UUID
    number: int
    event: ApplicationEvent | None
    state: ApplicationState
    limit_minor: int
    taken_by: str
    taken_at: datetime
    reason: str | None
    note: str | None

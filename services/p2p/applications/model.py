"""A wish to borrow: graded by a rule, checked outside, decided by a rule or by staff, listed once it is approved."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

LENDING_CLUB = "lendingclub.loans"


class ApplicationState(StrEnum):
    KEYED = "keyed"
    """A paper application that staff keyed in: it waits for the eyes of a second person."""
    CHECKING = "checking"
    """The identity service and the credit bureau are asked."""
    IN_REVIEW = "in_review"
    PROPOSED = "proposed"
    """One of the staff would approve it; a second one decides."""
    APPROVED = "approved"
    DECLINED = "declined"
    LISTED = "listed"
    FUNDED = "funded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    """The borrower does not want it any more, or never did."""
    RECORDED = "recorded"
    """Imported: graded, and never to be listed here."""


class ApplicationEvent(StrEnum):
    CONFIRM = "confirm"
    CLEAR = "clear"
    REFER = "refer"
    REFUSE = "refuse"
    PROPOSE = "propose"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    DECLINE = "decline"
    LIST = "list"
    UNLIST = "unlist"
    FUND = "fund"
    EXPIRE = "expire"


class Role(StrEnum):
    """What a caller is to an application. TIME is the deadline; LISTING, what becomes of its listing; CHECKS, what others say of her."""

    BORROWER = "borrower"
    OPERATOR = "operator"
    LISTING = "listing"
    TIME = "time"
    CHECKS = "checks"


class Purpose(StrEnum):
    CONSUMPTION = "consumption"
    EDUCATION = "education"
    HOME_IMPROVEMENT = "home_improvement"
    MEDICAL = "medical"
    SMALL_BUSINESS = "small_business"
    DEBT_CONSOLIDATION = "debt_consolidation"
    OTHER = "other"


class BorrowerKind(StrEnum):
    """Whose identity number, and whose legal caps."""

    NATURAL_PERSON = "natural_person"
    ORGANISATION = "organisation"


class Channel(StrEnum):
    """How an application came."""

    ONLINE = "online"
    PARTNER = "partner"
    """Proposed by an originator for its borrower."""
    BRANCH = "branch"
    """On paper, keyed in by staff, perhaps brought by an agent."""


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

    source, source_row, source_hash: of an imported one, where it came from and what stood there. originator_id: who proposed it;
    agent_id: who brought it; keyed_by: who keyed it in; proposed_by: who of the staff would approve it, while a second one decides.
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
    borrower_kind: BorrowerKind = BorrowerKind.NATURAL_PERSON
    origination: Channel = Channel.ONLINE
    originator_id: UUID | None = None
    agent_id: UUID | None = None
    keyed_by: str | None = None
    proposed_by: str | None = None


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

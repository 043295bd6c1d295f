"""Large (大额交易) and suspicious (可疑交易) transactions, and the reports of them to the anti-money-laundering centre."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ReportKind(StrEnum):
    LARGE = "large"
    SUSPICIOUS = "suspicious"


class Rule(StrEnum):
    """By which a report came to be; each has its figures, with the day from which they count."""

    LARGE_PERSON = "large_person"
    LARGE_ORGANISATION = "large_organisation"
    LARGE_CROSS_BORDER = "large_cross_border"
    STRUCTURING = "structuring"
    """Several transfers within some days, each just below the threshold (拆分交易)."""
    FILED = "filed"
    """By an operator: after a decision of risk control, a hit of a list, or by what she saw."""


class SubjectKind(StrEnum):
    PERSON = "person"
    """As whichever customers she is known."""
    CUSTOMER = "customer"
    """Who has not proved yet which person she is."""
    ORGANISATION = "organisation"
    """An owner of merchants, with all of them."""


class Side(StrEnum):
    """Of the subject: what came in and what went out are counted apart."""

    IN = "in"
    OUT = "out"


class Act(StrEnum):
    NEW = "new"
    CORRECTION = "correction"
    DELETION = "deletion"


class ReportState(StrEnum):
    FOUND = "found"
    REPORTED = "reported"
    EXCLUDED = "excluded"


class Source(StrEnum):
    RULE = "rule"
    RISK_DECISION = "risk_decision"
    SCREENING_HIT = "screening_hit"
    OPERATOR = "operator"


KINDS = {
    Rule.LARGE_PERSON: ReportKind.LARGE,
    Rule.LARGE_ORGANISATION: ReportKind.LARGE,
    Rule.LARGE_CROSS_BORDER: ReportKind.LARGE,
    Rule.STRUCTURING: ReportKind.SUSPICIOUS,
    Rule.FILED: ReportKind.SUSPICIOUS,
}


@dataclass(frozen=True)
class Figure:
    """threshold: CNY in fen, from which a day's sum is reported; None where an operator decides.

    Of structuring: transfers of at least share_percent of the threshold and below it, so many (times) within days. working_days: to report.
    """

    rule: Rule
    threshold: int | None
    share_percent: int | None
    times: int | None
    days: int | None
    working_days: int
    valid_from: date
    source: str


@dataclass(frozen=True)
class StatedFigure:
    """Of two for one day the one stated later counts."""

    id: UUID
    figure: Figure
    stated_by: str
    stated_at: datetime


@dataclass(frozen=True)
class Subject:
    """key: the id of a person or customer without prefix, or the owner of merchants as it stands there."""

    kind: SubjectKind
    key: str


@dataclass(frozen=True)
class Sum:
    """What a subject's transfers of one side came to on a day, in fen. side: None where an operator names them."""

    rule: Rule
    subject: Subject
    side: Side | None
    amount: int
    transfers: int


@dataclass(frozen=True)
class TransactionReport:
    """amount: CNY in fen, of so many transfers. due_at: until when it must be reported; None when it is, or was told to be late.

    corrects_id: the report that this one corrects or deletes. source_id: of what an operator went by, as she gave it.
    """

    id: UUID
    kind: ReportKind
    rule: Rule
    act: Act
    subject_kind: SubjectKind
    subject: str
    side: Side | None
    business_on: date
    amount: int
    transfers: int
    state: ReportState
    source: Source
    source_id: str | None
    narrative: str
    found_at: datetime
    due_on: date
    due_at: datetime | None
    filed_by: str | None = None
    corrects_id: UUID | None = None
    file_id: UUID | None = None
    reason: str | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    overdue_at: datetime | None = None
    currency: str = "CNY"


@dataclass(frozen=True)
class ReportFile:
    """content: sealed; hash: of what it says, to compare a copy with. continues_id: the file whose last report goes on in this one."""

    id: UUID
    kind: ReportKind
    name: str
    reports: int
    content: bytes
    hash: str
    made_at: datetime
    made_by: str
    continues_id: UUID | None = None


@dataclass(frozen=True)
class Movement:
    """A transfer as a report lists it. counted: fen."""

    id: UUID
    posted_at: datetime
    amount: int
    currency: str
    counted: int
    code: str
    country: str | None
    own_account_id: UUID
    other_account_id: UUID
    side: Side


@dataclass(frozen=True)
class DayScanned:
    """uncounted: transfers in units of which no rate was stated yet; the day is gone through again when one is."""

    id: UUID
    business_on: date
    scanned_at: datetime
    reports: int
    uncounted: int

"""Reports on the wire. Names and numbers of documents stand in the files alone."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.ids import TypeId, encode
from chassis.wire import Amount, Answer, Day, Request
from services.payments.holders.schemas import CustomerId
from services.payments.transaction_reports.model import (
    Act,
    DayScanned,
    Figure,
    Movement,
    ReportFile,
    ReportKind,
    ReportState,
    Rule,
    Side,
    Source,
    StatedFigure,
    SubjectKind,
    TransactionReport,
)

ReportId = Annotated[UUID, TypeId("trp")]
ReportFileId = Annotated[UUID, TypeId("rpf")]
TransferId = Annotated[UUID, TypeId("trf")]
AccountId = Annotated[UUID, TypeId("acc")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Narrative = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]
PREFIXES = {SubjectKind.PERSON: "hld", SubjectKind.CUSTOMER: "cus"}


class ReportFigureRequest(Request):
    """threshold: CNY in fen. working_days: to report. Of `structuring` also share_percent, times and days; `filed` has no threshold."""

    rule: Annotated[Rule, Field(strict=False)]
    threshold: Amount | None = None
    share_percent: Annotated[int, Field(ge=1, le=99)] | None = None
    times: Annotated[int, Field(ge=2, le=1000)] | None = None
    days: Annotated[int, Field(ge=1, le=31)] | None = None
    working_days: Annotated[int, Field(ge=1, le=30)]
    valid_from: Day
    source: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]

    def figure(self) -> Figure:
        return Figure(**self.model_dump())


class FileSuspicionRequest(Request):
    """Of a customer, who is the person she has proved to be, or of an owner of merchants. source_id: of the decision or hit gone by."""

    customer_id: CustomerId | None = None
    owner: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    source: Annotated[Source, Field(strict=False)] = Source.OPERATOR
    source_id: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    narrative: Narrative
    transfer_ids: Annotated[list[TransferId], Field(max_length=200)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.customer_id is None) == (self.owner is None):
            raise ValueError("either customer_id or owner is expected")
        if self.source is Source.RULE or (self.source is not Source.OPERATOR) != (self.source_id is not None):
            raise ValueError("a decision or a hit is named by source_id, an operator's own suspicion is not")
        return self


class ReportExclusionRequest(Request):
    reason: Reason


class ReportCorrectionRequest(Request):
    """act: `correction` or `deletion`. narrative: in place of the one that went out. transfer_ids: all that it is about, of what was filed.

    What a rule found is counted again.
    """

    act: Annotated[Act, Field(strict=False)]
    reason: Reason
    narrative: Narrative | None = None
    transfer_ids: Annotated[list[TransferId], Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def _corrects(self) -> Self:
        if self.act is Act.NEW:
            raise ValueError("a correction or a deletion is expected")
        return self


class ReportFileRequest(Request):
    kind: Annotated[ReportKind, Field(strict=False)]


class ReportFigureAnswer(Answer):
    id: Annotated[UUID, TypeId("rfg")]
    rule: Rule
    threshold: int | None
    share_percent: int | None
    times: int | None
    days: int | None
    working_days: int
    valid_from: Day
    source: str
    stated_by: str
    stated_at: datetime


class ReportedMovementAnswer(Answer):
    """counted: CNY in fen. country: abroad, where the transfer's metadata tell one."""

    id: TransferId
    posted_at: datetime
    amount: int
    currency: str
    counted: int
    code: str
    country: str | None
    own_account_id: AccountId
    other_account_id: AccountId
    side: Side


class TransactionReportAnswer(Answer):
    """subject: `hld_…` a person, `cus_…` a customer who has not proved who she is, or the owner of merchants. amount: CNY in fen."""

    id: ReportId
    kind: ReportKind
    rule: Rule
    act: Act
    subject_kind: SubjectKind
    subject: str
    side: Side | None
    business_on: Day
    amount: int
    currency: str
    transfers: int
    state: ReportState
    source: Source
    source_id: str | None
    narrative: str
    found_at: datetime
    due_on: Day
    overdue_at: datetime | None
    filed_by: str | None
    corrects_id: ReportId | None
    file_id: ReportFileId | None
    reason: str | None
    ended_by: str | None
    ended_at: datetime | None


class TransactionReportDetailAnswer(TransactionReportAnswer):
    """movements: the first thousand."""

    movements: list[ReportedMovementAnswer]


class ReportFileAnswer(Answer):
    """hash: SHA-256 of the content. continues_id: the file whose last report has more transfers, which stand here."""

    id: ReportFileId
    kind: ReportKind
    name: str
    reports: int
    hash: str
    made_at: datetime
    made_by: str
    continues_id: ReportFileId | None


class ReportDayAnswer(Answer):
    """uncounted: transfers of which no rate was stated yet; the day is gone through again when one is stated."""

    business_on: Day
    scanned_at: datetime
    reports: int
    uncounted: int


def figure_answer(stated: StatedFigure) -> ReportFigureAnswer:
    facts = {name: getattr(stated.figure, name) for name in Figure.__dataclass_fields__}
    return ReportFigureAnswer(id=stated.id, stated_by=stated.stated_by, stated_at=stated.stated_at, **facts)


def report_answer(report: TransactionReport) -> TransactionReportAnswer:
    return TransactionReportAnswer(**_told(report))


def report_detail_answer(report: TransactionReport, movements: list[Movement]) -> TransactionReportDetailAnswer:
    shown = [ReportedMovementAnswer.model_validate(movement) for movement in movements]
    return TransactionReportDetailAnswer(**_told(report), movements=shown)


def file_answer(file: ReportFile) -> ReportFileAnswer:
    return ReportFileAnswer.model_validate(file)


def day_answer(day: DayScanned) -> ReportDayAnswer:
    return ReportDayAnswer.model_validate(day)


def _told(report: TransactionReport) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(report, name) for name in TransactionReportAnswer.model_fields}
    if report.subject_kind in PREFIXES:
        told["subject"] = encode(PREFIXES[report.subject_kind], UUID(report.subject))
    return told

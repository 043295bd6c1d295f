from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from chassis.ids import TypeId
from chassis.wire import AmountOrZero, Answer, Currency, Request
from services.payments.reconciliation.model import (
    Break,
    BreakState,
    BreakType,
    Columns,
    Form,
    Line,
    Mapping,
    ReconciledAccount,
    Rule,
    Run,
    Side,
    Statement,
    StatementKind,
    TakenFile,
)

AccountId = Annotated[UUID, TypeId("rca")]
FileId = Annotated[UUID, TypeId("sff")]
StatementId = Annotated[UUID, TypeId("stm")]
LineId = Annotated[UUID, TypeId("sln")]
RecordId = Annotated[UUID, TypeId("rcd")]
RunId = Annotated[UUID, TypeId("rcn")]
BreakId = Annotated[UUID, TypeId("brk")]
LedgerAccountId = Annotated[UUID, TypeId("acc")]
Days = Annotated[int, Field(strict=True, ge=0, le=31)]
Heading = Annotated[str, Field(min_length=1, max_length=60)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class ReconciledAccountRequest(Request):
    """date_window_days: how far the matcher looks where no reference helps; more than the tolerances is a break, or no match."""

    bank: Annotated[str, Field(min_length=1, max_length=20)]
    number: Annotated[str, Field(min_length=1, max_length=40)]
    currency: Currency
    date_window_days: Days = 3
    date_tolerance_days: Days = 0
    amount_tolerance_minor: AmountOrZero = 0


class ReconciledAccountAnswer(Answer):
    id: AccountId
    bank: str
    number: str
    currency: str
    date_window_days: int
    date_tolerance_days: int
    amount_tolerance_minor: int
    opened_at: datetime
    fetched_on: date | None


def account_answer(account: ReconciledAccount) -> ReconciledAccountAnswer:
    return ReconciledAccountAnswer.model_validate(account)


class TableColumnsRequest(Request):
    """Headings as they stand in the file: one signed `amount`, or `incoming` and `outgoing`, or an amount whose `direction` is another
    column, with its words."""

    value_on: Heading
    amount: Heading | None = None
    incoming: Heading | None = None
    outgoing: Heading | None = None
    direction: Heading | None = None
    incoming_word: Heading | None = None
    outgoing_word: Heading | None = None
    servicer_reference: Heading | None = None
    reference: Heading | None = None
    description: Heading | None = None
    currency: Heading | None = None

    @model_validator(mode="after")
    def _amount_is_told_once(self) -> "TableColumnsRequest":
        if (self.amount is None) == (self.incoming is None or self.outgoing is None):
            raise ValueError("either amount, or incoming and outgoing")
        if (self.direction is None) != (self.incoming_word is None or self.outgoing_word is None):
            raise ValueError("a direction has two words")
        return self


class TableMappingRequest(Request):
    """day_format: of strptime, as `%Y-%m-%d`; what follows it in its column is left out. remark: what lines beside the table begin with."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1, pattern=r"^[,;|\t]$")] = ","
    day_format: Annotated[str, Field(pattern=r"^(%[YmdyB]|[-/. 年月日]){3,10}$")] = "%Y-%m-%d"
    columns: TableColumnsRequest
    remark: Annotated[str, Field(min_length=1, max_length=10)] | None = None
    opening: Heading | None = None
    closing: Heading | None = None
    account: Heading | None = None

    def mapping(self) -> Mapping:
        told = self.model_dump()
        return Mapping(**told | {"columns": Columns(**told["columns"])})


class TableMappingAnswer(Answer):
    name: str
    encoding: str
    delimiter: str
    day_format: str


def mapping_answer(made: tuple[UUID, Mapping]) -> TableMappingAnswer:
    return TableMappingAnswer.model_validate(made[1])


class BankStatementAnswer(Answer):
    """difference_minor: closing − opening − Σ of the lines; null where a balance is not told. seen: lines that a notification had shown."""

    id: StatementId
    account_id: AccountId
    kind: StatementKind
    number: str
    from_on: date
    until_on: date
    opening_minor: int | None
    closing_minor: int | None
    sum_minor: int
    difference_minor: int | None
    lines: int
    seen: int
    taken_at: datetime


class TakenFileAnswer(Answer):
    """again: the very same file had been taken in, and nothing was changed."""

    id: FileId
    form: Form
    hash: str
    again: bool
    statements: list[BankStatementAnswer]


def statement_answer(statement: Statement) -> BankStatementAnswer:
    return BankStatementAnswer.model_validate(statement)


def taken_answer(taken: TakenFile) -> TakenFileAnswer:
    told = [statement_answer(one) for one in taken.statements]
    return TakenFileAnswer(
        id=taken.file.id, form=taken.file.form, hash=taken.file.hash, again=taken.again, statements=told
    )


class BankLineAnswer(Answer):
    id: LineId
    statement_id: StatementId
    number: int
    amount: int
    value_on: date
    booked_on: date
    servicer_reference: str
    reference: str
    description: str
    repeated: bool
    paired: bool


class BankLinesAnswer(Answer):
    items: list[BankLineAnswer]
    next: int | None


def line_answer(line: Line, *, paired: bool) -> BankLineAnswer:
    shown = {name: getattr(line, name) for name in BankLineAnswer.model_fields if name != "paired"}
    return BankLineAnswer(**shown, paired=paired)


class StatementGapAnswer(Answer):
    """A statement that does not begin with the balance with which the one before it ended. missing_minor: what the bookings that no file
    has shown come to."""

    earlier_id: StatementId
    later_id: StatementId
    ended_on: date
    begins_on: date
    closing_minor: int
    opening_minor: int
    missing_minor: int


class MatchingRunAnswer(Answer):
    id: RunId
    account_id: AccountId
    began_at: datetime
    ended_at: datetime | None
    records: int
    pairs: int
    breaks_raised: int
    breaks_closed: int


def run_answer(run: Run) -> MatchingRunAnswer:
    return MatchingRunAnswer.model_validate(run)


class ReconciliationBreakAnswer(Answer):
    """amount: what the bank has more than we; of the ledger's side, what the channels tell more than was posted."""

    id: BreakId
    account_id: AccountId
    type: BreakType
    side: Side
    line_id: LineId | None
    record_id: RecordId | None
    subject: str | None
    amount: int
    currency: str
    state: BreakState
    owner: str
    resolved_minor: int
    reason: str | None
    raised_on: date
    due_at: datetime | None
    escalations: int
    ended_at: datetime | None


class AgedBreakAnswer(ReconciliationBreakAnswer):
    """age_days: since it was raised, until it ended."""

    age_days: int
    age_band: str


class AgedBreaksAnswer(Answer):
    items: list[AgedBreakAnswer]
    next: str | None


def break_answer(one: Break) -> ReconciliationBreakAnswer:
    return ReconciliationBreakAnswer.model_validate(one)


class BreakOwnerRequest(Request):
    """owner: null for whoever asks."""

    owner: Annotated[str, Field(pattern=r"^(stf_[a-z0-9_]{1,40}|payments)$")] | None = None


class BreakResolutionRequest(Request):
    """counter_account_id: where the difference goes to or comes from; suspense, where none is named."""

    counter_account_id: LedgerAccountId | None = None
    reason: Reason


class BreakExplanationRequest(Request):
    reason: Reason


class LineCandidateAnswer(Answer):
    record_id: RecordId
    subject: str
    reference: str
    amount: int
    value_on: date
    verdict: str


class RuleTriedAnswer(Answer):
    """outcome: matched, refused, no_candidate, not_asked."""

    rule: Literal["reference", "group", "parts", "text", "amount", "reference_tolerance"]
    outcome: Literal["matched", "refused", "no_candidate", "not_asked"]
    candidates: list[LineCandidateAnswer]


class LinePairAnswer(Answer):
    """lines: how many lines this record is matched with."""

    record_id: RecordId
    rule: str
    run_id: RunId
    lines: int


class LineWhyAnswer(Answer):
    line: BankLineAnswer
    pairs: list[LinePairAnswer]
    tried: list[RuleTriedAnswer]
    breaks: list[ReconciliationBreakAnswer]


RULE_WORDS = {int(rule): rule.word for rule in Rule}

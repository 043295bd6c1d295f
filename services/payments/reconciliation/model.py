"""What banks state, what of ours they are compared with, and where the two differ. Amounts are signed from the account holder's side."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum, StrEnum
from uuid import UUID


class Form(StrEnum):
    CAMT = "camt"
    """camt.053 or camt.054, versions 02 to 08; which one it is the file says."""
    MT940 = "mt940"
    TABLE = "table"
    """Text in columns, read by a mapping."""


class StatementKind(StrEnum):
    STATEMENT = "statement"
    NOTIFICATION = "notification"
    """camt.054: bookings before their statement; each comes again there."""


@dataclass(frozen=True)
class ReadLine:
    """A line as its file has it. place: the line of the file it begins on. servicer_reference: empty where the bank gives none.

    reverses: it takes an earlier booking back.
    """

    place: int
    amount: int
    value_on: date
    booked_on: date
    servicer_reference: str
    reference: str
    description: str
    reverses: bool = False


@dataclass(frozen=True)
class ReadStatement:
    """account_number: None where the file does not say it. opening, closing: None where the file has no such balance."""

    kind: StatementKind
    number: str
    account_number: str | None
    currency: str | None
    from_on: date
    until_on: date
    opening: int | None
    closing: int | None
    lines: tuple[ReadLine, ...]


@dataclass(frozen=True)
class Columns:
    """Where a table has what: headings, as they stand in the file. Either one signed amount, or what came in and what went out.

    direction: a column that tells which way the amount went, with the words for in and out; lines with another word are left out.
    """

    value_on: str
    amount: str | None = None
    incoming: str | None = None
    outgoing: str | None = None
    direction: str | None = None
    incoming_word: str | None = None
    outgoing_word: str | None = None
    servicer_reference: str | None = None
    reference: str | None = None
    description: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Mapping:
    """How a table is read. remark: what lines beside the table begin with; opening, closing: what stands before the balances in one.

    day_format: of `strptime`; what follows the day in its column is left out.
    """

    name: str
    encoding: str
    delimiter: str
    day_format: str
    columns: Columns
    remark: str | None = None
    opening: str | None = None
    closing: str | None = None
    account: str | None = None


@dataclass(frozen=True)
class ReconciledAccount:
    """An account of ours at a bank. date_window_days: how far apart in days the matcher looks without a reference.

    date_tolerance_days, amount_tolerance_minor: what is more than this is a break, and no match by reference. fetched_on: the last business
    day whose statement was fetched from the bank.
    """

    id: UUID
    bank: str
    number: str
    currency: str
    date_window_days: int
    date_tolerance_days: int
    amount_tolerance_minor: int
    opened_at: datetime
    fetched_on: date | None


@dataclass(frozen=True)
class StatementFile:
    """hash: SHA-256 of its bytes, in hexadecimal: the same file is taken in once."""

    id: UUID
    account_id: UUID
    form: Form
    hash: str
    taken_at: datetime
    taken_by: str


@dataclass(frozen=True)
class Statement:
    """difference_minor: closing − opening − Σ of the lines; None where the file has no balances. lines: new ones; seen: lines that were
    known by an earlier notification."""

    id: UUID
    file_id: UUID
    account_id: UUID
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


@dataclass(frozen=True)
class TakenFile:
    """again: the file had been taken in before, and nothing was changed."""

    file: StatementFile
    statements: tuple[Statement, ...]
    again: bool = False

    @property
    def id(self) -> UUID:
        return self.file.id


@dataclass(frozen=True)
class Line:
    """A booking of the bank, once over all kinds of files. occurrence: the how-manieth with one identity.

    repeated: the bank has shown its own reference before, in the same statement.
    """

    id: UUID
    account_id: UUID
    statement_id: UUID
    number: int
    identity: str
    occurrence: int
    repeated: bool
    amount: int
    value_on: date
    booked_on: date
    servicer_reference: str
    reference: str
    match_key: str
    description: str
    words: tuple[str, ...]


class Source(StrEnum):
    CHANNEL = "channel"
    """An order to a bank."""
    REPORT = "report"
    """What a bank reported afterwards: a payout returned, a charge reversed or lost in a dispute."""
    LEDGER = "ledger"
    """A transfer on the reserve behind which there is no channel."""


class RecordState(StrEnum):
    EXPECTED = "expected"
    OPEN = "open"
    """Its result is not known yet."""
    FAILED = "failed"


@dataclass(frozen=True)
class Record:
    """What the bank should have booked. reference: the one it was told; group_reference: of the batch it went in. subject: our record."""

    id: UUID
    account_id: UUID
    source: Source
    source_id: UUID
    state: RecordState
    reference: str
    match_key: str
    group_key: str
    subject: str
    amount: int
    value_on: date
    description: str
    words: tuple[str, ...]


class Rule(IntEnum):
    """In the order in which they are tried."""

    REFERENCE = 1
    """The same reference and amount, one line for one record."""
    GROUP = 2
    """One line for all records of a batch: its reference, and their sum."""
    PARTS = 3
    """Several lines with one reference, together one record's amount."""
    TEXT = 4
    """The same amount within the days, words in common, and no other that fits as well on either side."""
    AMOUNT = 5
    """The same amount within the days, where one side says nothing more, and no other that fits on either side."""
    REFERENCE_TOLERANCE = 6
    """The same reference, the amount within the tolerance: the rest is a break."""

    @property
    def word(self) -> str:
        return self.name.lower()


class BreakType(StrEnum):
    LONG = "long"
    """The bank booked what we know nothing of."""
    SHORT = "short"
    """The bank has not booked what we have."""
    AMOUNT = "amount"
    DUPLICATE = "duplicate"
    """The bank shows again what it has shown."""
    STATUS = "status"
    """The bank booked what has another result with us."""
    DATE = "date"


class Side(StrEnum):
    BANK = "bank"
    """Between the bank's statement and our records."""
    LEDGER = "ledger"
    """Between the channels and the ledger."""


class BreakState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    """A transfer has moved the difference."""
    EXPLAINED = "explained"
    """It has gone by itself (what was missing came), or is of paper alone, with a reason."""


@dataclass(frozen=True)
class Break:
    """amount: what the bank has more than we, 0 for a date. resolved_minor: what transfers have moved of it, more than it where a reversal
    was reversed after another transfer had resolved it. owner: who works on it. way: of a difference between channels and ledger, 1 in what
    came and -1 in what went; else 0."""

    id: UUID
    account_id: UUID
    type: BreakType
    side: Side
    line_id: UUID | None
    record_id: UUID | None
    subject: str | None
    way: int
    amount: int
    currency: str
    state: BreakState
    owner: str
    resolved_minor: int
    reason: str | None
    raised_on: date
    raised_at: datetime
    due_at: datetime | None
    escalations: int
    ended_at: datetime | None

    @property
    def outstanding(self) -> int:
        return self.amount - self.resolved_minor

    def changed(self, **facts: object) -> "Break":
        return replace(self, **facts)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Gap:
    """Two statements that follow each other, of which one does not go on where the other ended: bookings between them that no file shows.

    missing_minor: what these come to.
    """

    earlier_id: UUID
    later_id: UUID
    ended_on: date
    begins_on: date
    closing_minor: int
    opening_minor: int

    @property
    def missing_minor(self) -> int:
        return self.opening_minor - self.closing_minor


@dataclass(frozen=True)
class Run:
    """What one run found that was not known before; the same again finds nothing."""

    id: UUID
    account_id: UUID
    run_by: str
    began_at: datetime
    ended_at: datetime | None
    records: int = 0
    pairs: int = 0
    breaks_raised: int = 0
    breaks_closed: int = 0

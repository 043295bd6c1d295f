"""Custody (存管): clients' money of a programme, kept by a bank that moves it only as its owners allowed.

Amounts in minor units. What the bank does goes before what the ledger records: each movement is an instruction to the bank first.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class CustodyKind(StrEnum):
    CUSTOMER = "customer"
    PROJECT = "project"
    """Of a listing: what its lenders gave, until it is paid out."""
    HOUSE = "house"
    """The platform's own, at the bank."""
    BANK = "bank"
    """The ledger's other side: what the bank keeps of all of them. The bank itself has no such account."""


class Scope(StrEnum):
    INVEST = "invest"
    REPAY = "repay"
    FEE = "fee"


class AuthorisationState(StrEnum):
    ASKED = "asked"
    CODE_SENT = "code_sent"
    STANDING = "standing"
    REVOKING = "revoking"
    """No instruction names it any more; the bank does not know yet."""
    REVOKED = "revoked"
    REFUSED = "refused"
    LAPSED = "lapsed"
    """The code was not given in time."""
    ENDED = "ended"
    """Its last day is over."""


class AuthorisationEvent(StrEnum):
    SEND_CODE = "send_code"
    REFUSE = "refuse"
    CONFIRM = "confirm"
    REVOKE = "revoke"
    RECORD_REVOKED = "record_revoked"
    EXPIRE = "expire"


class InstructionState(StrEnum):
    ASKED = "asked"
    """Perhaps carried out: asked again with the same key until the bank has answered."""
    ACCEPTED = "accepted"
    """The bank moved the money; the ledger is told next."""
    POSTED = "posted"
    REFUSED = "refused"
    UNDOING = "undoing"
    """The ledger refused what the bank had done: the bank takes it back."""
    UNDONE = "undone"


class InstructionEvent(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    POST = "post"
    UNDO = "undo"
    RECORD_UNDONE = "record_undone"


class LineKind(StrEnum):
    """In the bank's words."""

    TOP_UP = "top_up"
    WITHDRAWAL = "withdrawal"
    FREEZE = "freeze"
    RELEASE = "release"
    SETTLE = "settle"
    TRANSFER = "transfer"


class Mode(StrEnum):
    ATOMIC = "atomic"
    INDEPENDENT = "independent"


class PaymentKind(StrEnum):
    TOP_UP = "top_up"
    WITHDRAWAL = "withdrawal"


class PaymentState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"


class PaymentEvent(StrEnum):
    SETTLE = "settle"
    REFUSE = "refuse"


class DifferenceKind(StrEnum):
    AMOUNT = "amount"
    MISSING = "missing"
    """The bank's statement does not have the account."""
    UNKNOWN = "unknown"
    """We do not know the account that it has."""
    TOTAL = "total"
    """The bank's total is not what the ledger says the bank keeps."""


class DifferenceState(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    """By movements under way at the day's end, or by an operator: nothing is wrong with the money."""
    RESOLVED = "resolved"
    """What was wrong has been put right."""


class DifferenceEvent(StrEnum):
    EXPLAIN = "explain"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class CustodyAccount:
    """holder: a customer, a listing or a purpose of the house; behind: of a project, its borrower; number: the bank's; account_id:
    the ledger's."""

    id: UUID
    bank: str
    holder: str
    kind: CustodyKind
    behind: str | None
    currency: str
    number: str | None
    account_id: UUID
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Authorisation:
    """due_at: when its state ends by itself; reason: the bank's, for a refusal."""

    id: UUID
    custody_account_id: UUID
    bank: str
    holder: str
    scope: Scope
    cap_minor: int
    until_on: date
    state: AuthorisationState
    reason: str | None
    requested_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Movement:
    """What the ledger is going to be asked for: kind: `single`, `pending`, `post` or `void`; hold_id: of the last two."""

    transfer_id: UUID
    kind: str
    debit_account_id: UUID | None
    credit_account_id: UUID | None
    amount_minor: int | None
    code: str
    hold_id: UUID | None


@dataclass(frozen=True, slots=True)
class Line:
    """A movement in an instruction. debit, credit: of the ledger. bank_result: None until it has answered, `done`, or why not;
    ledger_result the same of the ledger."""

    transfer_id: UUID
    instruction_id: UUID
    number: int
    kind: LineKind
    debit_account_id: UUID | None
    credit_account_id: UUID | None
    amount_minor: int
    code: str
    authorisation_id: UUID | None
    hold_id: UUID | None
    bank_result: str | None = None
    ledger_result: str | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Instruction:
    """subject: the record it is for; booked_at: by the bank; posted_at: when the ledger had answered for all of it."""

    id: UUID
    bank: str
    subject: str
    mode: Mode
    state: InstructionState
    reason: str | None
    asked_at: datetime
    booked_at: datetime | None
    posted_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The bank's last word on an instruction. results: by transfer."""

    executed: bool
    results: dict[UUID, str]
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """Money from the holder's card, or to it."""

    id: UUID
    custody_account_id: UUID
    bank: str
    holder: str
    kind: PaymentKind
    amount_minor: int
    currency: str
    state: PaymentState
    reason: str | None
    requested_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody says is in an account, all of it and what of that is frozen."""

    total_minor: int
    frozen_minor: int


@dataclass(frozen=True, slots=True)
class Underway:
    """A line that one side had at the end of the day and the other may not have had."""

    transfer_id: UUID
    account_id: UUID
    total_minor: int
    frozen_minor: int


@dataclass(frozen=True, slots=True)
class Difference:
    """bank, ledger: None where that side does not know the account. under_way: ids of transfers."""

    id: UUID
    bank: str
    currency: str
    day: date
    kind: DifferenceKind
    custody_account_id: UUID | None
    number: str
    holder: str
    bank_minor: int | None
    bank_frozen_minor: int | None
    ledger_minor: int | None
    ledger_frozen_minor: int | None
    under_way: tuple[UUID, ...]
    state: DifferenceState
    reason: str | None
    decided_by: str | None
    changed_at: datetime

    def moved(self, **facts: object) -> "Difference":
        return replace(self, **facts)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class TieOut:
    """A day of a bank compared, account by account."""

    bank: str
    currency: str
    day: date
    accounts: int
    bank_minor: int
    ledger_minor: int
    differences: int
    made_at: datetime

"""What a custody bank (存管银行) keeps for a lending platform: one account of clients' money, and in it a sub-account for each.

Amounts in minor units of the bank's currency. A bank moves nothing here of its own: each line was instructed, and names what allows it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

CUSTODIANS = ("ICBC", "CCB", "CMB")
"""Banks alone keep clients' money; payment institutions may not."""


class HolderKind(StrEnum):
    CUSTOMER = "customer"
    PROJECT = "project"
    """标的账户: what lenders gave for one loan, until it is paid out."""
    PLATFORM = "platform"
    """The platform's own: its fees."""


class Scope(StrEnum):
    """What a user lets the platform do with her money."""

    INVEST = "invest"
    REPAY = "repay"
    FEE = "fee"


class AuthorisationState(StrEnum):
    CODE_SENT = "code_sent"
    STANDING = "standing"
    REVOKED = "revoked"


class LineKind(StrEnum):
    TOP_UP = "top_up"
    """From the card that the holder named when she opened the account."""
    WITHDRAWAL = "withdrawal"
    """To that card, and to no other."""
    FREEZE = "freeze"
    RELEASE = "release"
    SETTLE = "settle"
    """What was frozen goes to the project it was frozen for."""
    TRANSFER = "transfer"
    UNDO = "undo"
    """A line is taken back as if it had not been."""


class Mode(StrEnum):
    ATOMIC = "atomic"
    INDEPENDENT = "independent"


class SilenceKind(StrEnum):
    """How a bank fails to answer, for tests. Done: executed without an answer; lost: it never heard of it."""

    DONE = "done"
    LOST = "lost"


class FaultKind(StrEnum):
    MISSING = "missing"
    WRONG_AMOUNT = "wrong_amount"


@dataclass(frozen=True, slots=True)
class SubAccount:
    """holder: as the platform calls it; behind: of a project, the holder it lends to; what is frozen is not available."""

    number: str
    kind: HolderKind
    holder: str
    behind: str | None
    name: str | None
    identity_number: str | None
    mobile: str | None
    card_number: str | None
    available_minor: int
    frozen_minor: int
    opened_at: datetime

    @property
    def total_minor(self) -> int:
        return self.available_minor + self.frozen_minor


@dataclass(frozen=True, slots=True)
class Authorisation:
    """cap_minor: all of what may go by it; used_minor: what has gone or is frozen; until_on: its last day."""

    reference: str
    number: str
    scope: Scope
    cap_minor: int
    until_on: date
    used_minor: int
    state: AuthorisationState
    sms_code: str
    tries: int
    code_sent_at: datetime
    confirmed_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One movement. debit, credit: numbers of sub-accounts, None for a card outside; of: the line that is released, settled or undone.

    ended_by: of a freeze, the line that released or settled it; of any, the line that undid it.
    """

    reference: str
    kind: LineKind
    debit: str | None
    credit: str | None
    amount: int
    authorisation: str | None = None
    of: str | None = None
    ended_by: str | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """result: `done`, the code of a refusal, or `not_done` of a line that shares the fate of others, not their fault."""

    reference: str
    result: str


@dataclass(frozen=True, slots=True)
class Executed:
    """An instruction as it was answered, which it always is again under its reference. state: `executed`, `refused` or `partly`."""

    reference: str
    content_hash: str
    state: str
    results: tuple[Result, ...]
    booked_at: datetime
    value_on: date


@dataclass(frozen=True, slots=True)
class Closing:
    """A sub-account at the end of a day, by the bank's bookings."""

    number: str
    holder: str
    available_minor: int
    frozen_minor: int


@dataclass(frozen=True, slots=True)
class StatementFault:
    """What the statement of a day gets wrong of a sub-account: the books stay right."""

    on: date
    number: str
    kind: FaultKind
    amount_by: int

"""The ledger's nouns: accounts, balances, transfers, holds, and what is decided about a command.

Amounts are integers in minor units. An account's four sums only ever grow, but for the two pending ones, which shrink when a hold is
posted, voided or expires. What is made for every transfer is a named tuple: a frozen dataclass takes five times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, IntFlag, StrEnum
from typing import Any, NamedTuple
from uuid import UUID

DEFAULT_BOOK = 1
LARGEST_BATCH = 8190
PURSE = "purse"
"""Kind of the accounts whose money is bound to a purpose."""
CONTROLLED = frozenset({"issuance", "backing", "trade_escrow", "coin_loss"})
"""Kinds of the accounts whose balance is a statement: nobody moves them but the story that makes it true, operators neither."""
LARGEST_SUM = 2**53 - 1
LONGEST_TIMEOUT_SECONDS = 366 * 86_400
LONGEST_BACKDATING = timedelta(days=366)


def book_of(identifier: UUID) -> int:
    """The book an account, transfer or hold lives in: the last 16 bits of its id, signed as the database's smallint is.

    Books begin at 1, so that an id made up elsewhere may name one that cannot be; it is unknown then, and no fault.
    """
    bits = identifier.int & 0xFFFF
    return bits - 0x10000 if bits & 0x8000 else bits


Metadata = Mapping[str, str]
"""What its users keep beside an account or transfer; never empty where it is given, and never personal data."""
MOST_METADATA_ENTRIES = 16


class Rule(StrEnum):
    """What an account's balance may never do. `none` is for technical accounts of the platform alone."""

    NONE = "none"
    DEBITS_MUST_NOT_EXCEED_CREDITS = "debits_must_not_exceed_credits"
    CREDITS_MUST_NOT_EXCEED_DEBITS = "credits_must_not_exceed_debits"


class TransferKind(IntEnum):
    """single: moves money at once; pending: holds it; post: moves what a hold holds; void: gives it back; expire: time gave it back."""

    SINGLE = 0
    PENDING = 1
    POST = 2
    VOID = 3
    EXPIRE = 4


class Flag(IntFlag):
    """What a transfer asks for beyond its kind; kept with it.

    linked: made only if the next one of its batch is, and the other way round. balancing_debit, balancing_credit: the amount is the most
    that may move, and what moves is what the account debited has available, or what the account credited has room for. closing_debit,
    closing_credit: with this hold the account takes and gives nothing more, until the hold is given back. imported: happened at the
    `posted_at` given with it.
    """

    LINKED = 1
    BALANCING_DEBIT = 2
    BALANCING_CREDIT = 4
    CLOSING_DEBIT = 8
    CLOSING_CREDIT = 16
    IMPORTED = 32


class HoldState(IntEnum):
    OPEN = 0
    POSTED = 1
    VOIDED = 2
    EXPIRED = 3


@dataclass(slots=True)
class Balance:
    """The four sums of an account, as the rule decides on them; mutable, because a batch is decided one command after another."""

    debits_posted: int = 0
    debits_pending: int = 0
    credits_posted: int = 0
    credits_pending: int = 0

    def sums(self) -> tuple[int, int, int, int]:
        return self.debits_posted, self.debits_pending, self.credits_posted, self.credits_pending

    def restore(self, sums: tuple[int, int, int, int]) -> None:
        self.debits_posted, self.debits_pending, self.credits_posted, self.credits_pending = sums


@dataclass(slots=True)
class Account:
    """An account with its balance. owner: a party (`cus_…`, `p2p`, `payments`); closed, frozen: no new debits.

    frozen_amount: what must stay on the account; it may exceed the balance and then catches what comes in.
    """

    id: UUID
    currency: str
    kind: str
    owner: str
    rule: Rule = Rule.NONE
    closed: bool = False
    frozen: bool = False
    reference: str = ""
    opened_at: datetime | None = None
    last_posted_at: datetime | None = None
    balance: Balance = field(default_factory=Balance)
    frozen_amount: int = 0
    metadata: Metadata | None = None

    @property
    def book_id(self) -> int:
        return book_of(self.id)

    @property
    def settled(self) -> int:
        """Posted balance on the account's normal side: credits − debits, or the reverse where debits are its nature."""
        net = self.balance.credits_posted - self.balance.debits_posted
        return -net if self.rule is Rule.CREDITS_MUST_NOT_EXCEED_DEBITS else net

    @property
    def available(self) -> int:
        """What may still leave the account: its balance less what holds have set aside and what is frozen."""
        if self.rule is Rule.CREDITS_MUST_NOT_EXCEED_DEBITS:
            return self.settled - self.balance.credits_pending
        return self.settled - self.balance.debits_pending - self.frozen_amount


@dataclass(frozen=True, slots=True)
class Allowed:
    """Accounts that all of what is given holds for."""

    kind: str | None = None
    owner: str | None = None
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Restriction:
    """What an account's money may be spent on: `allowed` until `expires_at`, and at any time back to `return_account_id`."""

    purpose_id: UUID
    allowed: tuple[Allowed, ...]
    return_account_id: UUID
    expires_at: datetime | None = None


class TransferCommand(NamedTuple):
    """What a caller asks the ledger to do. id: the caller's own, the key of its retries.

    post and void name the hold in `pending_id`; accounts, currency and amount may then be left out and follow from it. flags: of `Flag`;
    posted_at: of an imported one.
    """

    id: UUID
    kind: TransferKind
    code: str
    reference: str = ""
    debit_account_id: UUID | None = None
    credit_account_id: UUID | None = None
    amount: int | None = None
    currency: str | None = None
    pending_id: UUID | None = None
    timeout_seconds: int | None = None
    value_on: date | None = None
    flags: int = 0
    posted_at: datetime | None = None
    metadata: Metadata | None = None


class Posting(NamedTuple):
    """Commands decided together. atomic: all or none. parties: whose accounts may be debited, None for any (the platform itself).

    controls: kinds of controlled accounts that may be moved; the story that keeps their balances true alone names them.
    """

    commands: tuple[TransferCommand, ...]
    atomic: bool = False
    parties: frozenset[str] | None = None
    controls: frozenset[str] = frozenset()


class Transfer(NamedTuple):
    """A transfer as written: never changed afterwards. `debit_after`, `credit_after`: the four sums of each account after it."""

    id: UUID
    kind: TransferKind
    debit_account_id: UUID
    credit_account_id: UUID
    amount: int
    currency: str
    code: str
    reference: str
    posted_at: datetime
    value_on: date
    pending_id: UUID | None = None
    expires_at: datetime | None = None
    timeout_seconds: int | None = None
    debit_after: tuple[int, int, int, int] = (0, 0, 0, 0)
    credit_after: tuple[int, int, int, int] = (0, 0, 0, 0)
    flags: int = 0
    metadata: Metadata | None = None


@dataclass(slots=True)
class Hold:
    """Money set aside by a pending transfer, until it is posted, voided or expires."""

    id: UUID
    debit_account_id: UUID
    credit_account_id: UUID
    amount: int
    currency: str
    expires_at: datetime | None
    state: HoldState = HoldState.OPEN
    flags: int = 0


@dataclass(frozen=True, slots=True)
class AccountMetadata:
    """An account's metadata from an instant until that of the next version. recorded_by: who replaced what was there before."""

    metadata: Metadata
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Accounts for which all that is given holds. metadata: of these keys they have these values; at: those open then, as they were."""

    owner: str | None = None
    kind: str | None = None
    currency: str | None = None
    reference: str | None = None
    metadata: Metadata | None = field(default=None, hash=False)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TransferFilter:
    """Transfers for which all that is given holds. since, until: of their instant, up to before `until`."""

    account_id: UUID | None = None
    reference: str | None = None
    pending_id: UUID | None = None
    code: str | None = None
    metadata: Metadata | None = field(default=None, hash=False)
    since: datetime | None = None
    until: datetime | None = None

    @property
    def has_index(self) -> bool:
        """Whether it names an account, a record or a hold, the transfers of which stand together."""
        return self.account_id is not None or self.reference is not None or self.pending_id is not None


@dataclass(frozen=True, slots=True)
class AggregatedBalance:
    """Sums over the accounts of a currency. balance: credits less debits posted, so that whole books come to 0."""

    currency: str
    accounts: int
    debits_posted: int
    debits_pending: int
    credits_posted: int
    credits_pending: int

    @property
    def balance(self) -> int:
        return self.credits_posted - self.debits_posted


class Outcome(NamedTuple):
    """The decision on one command.

    result: `created`, `exists` or a refusal's code; field: what of the command was wrong; seen: the state a refusal was decided on,
    or, for `id_already_failed`, the code with which the id was refused the first time.
    """

    id: UUID
    result: str
    field: str | None = None
    transfer: Transfer | None = None
    seen: dict[str, Any] | None = None

    @property
    def accepted(self) -> bool:
        return self.result in ("created", "exists")


@dataclass
class Known:
    """What the rule is shown: accounts under lock, transfers made and ids spent before among the commands', holds they name.

    spent: id → the code with which it was refused; restrictions: of the accounts whose money is bound to a purpose; clock: the row of
    chassis.clock as it was when the ids were looked for, if there is one.
    """

    accounts: dict[UUID, Account]
    transfers: dict[UUID, Transfer] = field(default_factory=dict)
    spent: dict[UUID, str] = field(default_factory=dict)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    restrictions: dict[UUID, Restriction] = field(default_factory=dict)
    clock: tuple[datetime, datetime, bool] | None = None

"""Clearing (清算): participants, the models they settle by, what they owe each other, windows, settlements.

Amounts in minor units. A position is what a participant owes less what is owed to it, of all that is not settled. Participants and models
have small numbers beside their codes: obligations are many, and their rows narrow.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

POOL = 0
"""In the place of a participant's number: the account through which a multilateral settlement passes."""
AT_ONCE = 0
"""In the place of a window's number: settled by a transfer of its own, or by a pass over the queue."""
MOST_WINDOWS = 100
LONGEST_END_TO_END = 35
MOST_OF_PAYER = 2**53 // 100
"""What one payer may owe, gross, in one window: sums over a settlement of as many windows as it may have stay whole numbers of 64 bits."""


class Granularity(StrEnum):
    GROSS = "GROSS"
    NET = "NET"


class Interchange(StrEnum):
    BILATERAL = "BILATERAL"
    MULTILATERAL = "MULTILATERAL"


class Delay(StrEnum):
    IMMEDIATE = "IMMEDIATE"
    DEFERRED = "DEFERRED"


class ParticipantState(StrEnum):
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    LEFT = "LEFT"


class WindowState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    PENDING_SETTLEMENT = "PENDING_SETTLEMENT"
    SETTLED = "SETTLED"


class SettlementState(StrEnum):
    """Of a settlement, and of each participant in it."""

    PENDING_SETTLEMENT = "PENDING_SETTLEMENT"
    PS_TRANSFERS_RECORDED = "PS_TRANSFERS_RECORDED"
    """Who pays whom how much stands there."""
    PS_TRANSFERS_RESERVED = "PS_TRANSFERS_RESERVED"
    """What a participant pays is held on its settlement account."""
    PS_TRANSFERS_COMMITTED = "PS_TRANSFERS_COMMITTED"
    """The money has moved."""
    SETTLING = "SETTLING"
    """Some participants' positions are cleared of it, others not yet."""
    SETTLED = "SETTLED"
    ABORTED = "ABORTED"


ENDED = frozenset({SettlementState.SETTLED, SettlementState.ABORTED})
MONEY_MOVED = frozenset(
    {SettlementState.PS_TRANSFERS_COMMITTED, SettlementState.SETTLING, SettlementState.SETTLED}
)  # fmt: skip


class ObligationState(StrEnum):
    """That of its window, or why it has none."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    PENDING_SETTLEMENT = "PENDING_SETTLEMENT"
    SETTLED = "SETTLED"
    QUEUED = "QUEUED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class Source(StrEnum):
    API = "api"
    PAYMENT = "payment"
    """It follows from a payment of the suite; its id is that of the order to the channel, or of the payout's line."""


@dataclass(frozen=True)
class Participant:
    id: UUID
    number: int
    code: str
    name: str
    bic: str | None
    state: ParticipantState
    joined_at: datetime


@dataclass(frozen=True)
class Licence:
    """valid_until_on: its last day, None while it is open-ended. The newest row that has begun is the one that counts."""

    kind: str
    number: str
    valid_from_on: date
    valid_until_on: date | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class SettlementModel:
    """How obligations of a currency are settled.

    prefunded: caps are covered by the settlement account; cut_offs: minutes of the local day at which windows close, on business days;
    patience_minutes: how long a closed window may wait for its settlement, and a settlement for who is short; settles_by_itself: closed
    windows need no operator; collects: payments of the suite between participants come here; retired_at: nothing new is recorded since.
    """

    number: int
    code: str
    currency: str
    granularity: Granularity
    interchange: Interchange
    delay: Delay
    prefunded: bool
    cut_offs: tuple[int, ...]
    patience_minutes: int
    settles_by_itself: bool
    collects: bool
    made_at: datetime
    made_by: str
    retired_at: datetime | None = None

    @property
    def deferred(self) -> bool:
        return self.delay is Delay.DEFERRED


class Wish(NamedTuple):
    """An obligation that somebody asks for. end_to_end: the customers' own reference; queue: may wait if it is beyond the cap."""

    id: UUID
    payer: int
    payee: int
    amount: int
    end_to_end: str
    queue: bool = False


class Facts(NamedTuple):
    """What must be the same where the same obligation is asked for again."""

    model: int
    payer: int
    payee: int
    amount: int
    end_to_end: str
    from_payment: bool


class Decision(StrEnum):
    RECORDED = "recorded"
    QUEUED = "queued"
    REFUSED = "refused"
    FULL = "full"
    """Refused: the payer owes as much in this window as it may, gross."""


@dataclass(slots=True)
class Standing:
    """A participant's position in a model while wishes are decided on, mutable; cap: the most it may come to.

    gross: what it owes in the open window, without what it is owed.
    """

    position: int
    cap: int
    gross: int = 0


class Waiting(NamedTuple):
    """A payment in the queue. number: its place."""

    number: int
    payer: int
    payee: int
    amount: int


@dataclass(frozen=True)
class Position:
    """Of one participant in one model. waiting_minor: what it has in the queue; liquidity_minor: available on its settlement account."""

    participant: str
    model: str
    currency: str
    position_minor: int
    cap_minor: int
    waiting_minor: int
    liquidity_minor: int


@dataclass(frozen=True)
class Obligation:
    """window_id: None of one that is settled at once, or waits."""

    id: UUID
    model: str
    currency: str
    payer: str
    payee: str
    amount: int
    end_to_end: str
    state: ObligationState
    source: Source
    window_id: UUID | None
    recorded_at: datetime
    due_at: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one of many wishes; code: why it was refused."""

    id: UUID
    decision: Decision
    code: str | None = None


@dataclass(frozen=True)
class Window:
    """due_at: its cut-off while open; once closed, by when it is to be settled."""

    id: UUID
    number: int
    model_number: int
    model: str
    currency: str
    state: WindowState
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    ended_at: datetime | None
    settlement_id: UUID | None


class Flow(NamedTuple):
    """What one participant owes another in all."""

    payer: int
    payee: int
    amount: int
    obligations: int


class Payment(NamedTuple):
    """A transfer of a settlement, to be made; POOL on one side where it is multilateral."""

    payer: int
    payee: int
    amount: int


@dataclass(frozen=True)
class Figures:
    """Gross against net. bilateral_minor: Σ over pairs of what one owes the other more; multilateral_minor: Σ of net debits."""

    obligations: int
    gross_minor: int
    bilateral_minor: int
    multilateral_minor: int
    participants: int


@dataclass(frozen=True)
class Settlement:
    """due_at: how long it waits for who is short; then it is aborted, and its windows are closed as before."""

    id: UUID
    model_number: int
    model: str
    currency: str
    window_ids: tuple[UUID, ...]
    state: SettlementState
    figures: Figures | None
    reason: str | None
    created_at: datetime
    created_by: str
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class SettlementParticipant:
    """net_minor: what it owes less what it is owed. beyond_cap: its net debit is more than its cap, which was lowered meanwhile."""

    settlement_id: UUID
    number: int
    code: str
    state: SettlementState
    owes_minor: int
    owed_minor: int
    net_minor: int
    beyond_cap: bool


@dataclass(frozen=True)
class SettlementPayment:
    """position: its place in the file; hold_id: while it is or was held; transfer_id: once it is made."""

    position: int
    payer: int
    payee: int
    amount: int
    hold_id: UUID | None
    transfer_id: UUID | None


@dataclass(frozen=True)
class Change:
    """A state that a settlement, or a participant in it, came to. participant: None for the settlement itself."""

    participant: str | None
    state: SettlementState
    changed_at: datetime
    changed_by: str
    reason: str | None


@dataclass(frozen=True)
class QueuePass:
    """A pass over a model's queue. examined: payments looked at; moved_minor: what went between settlement accounts for them."""

    id: UUID
    model_number: int
    examined: int
    released: int
    released_minor: int
    moved_minor: int
    made_at: datetime
    made_by: str

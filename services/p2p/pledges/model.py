"""A pledge (支持): what a backer promises to pay if the project's time ends well. Nothing is taken, or held, before."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class PledgeState(StrEnum):
    PENDING = "pending"
    """Payments is asked for a mandate."""
    UNSIGNED = "unsigned"
    """The backer has not signed the mandate yet."""
    STANDING = "standing"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """There is no mandate: not signed in time, or refused."""
    RELEASED = "released"
    """The project ended without charging anybody."""
    CHARGING = "charging"
    RETRYING = "retrying"
    """The charge failed: tried again."""
    DROPPED = "dropped"
    COLLECTED = "collected"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    """Its bank took all of it back."""


GONE = frozenset({PledgeState.WITHDRAWN, PledgeState.LAPSED})
"""States in which it has given back its place and its reward."""
PAID = frozenset({PledgeState.COLLECTED, PledgeState.REFUNDED, PledgeState.CHARGED_BACK})
"""States in which its charge is counted."""
ENDED = frozenset({PledgeState.WITHDRAWN, PledgeState.LAPSED, PledgeState.RELEASED, PledgeState.DROPPED}) | PAID
"""States in which nothing more is debited for it."""


class PledgeEvent(StrEnum):
    ASK = "ask"
    SIGN = "sign"
    LAPSE = "lapse"
    CHANGE = "change"
    WITHDRAW = "withdraw"
    RELEASE = "release"
    CHARGE = "charge"
    FAIL = "fail"
    DROP = "drop"
    COLLECT = "collect"
    REFUND = "refund"
    CHARGE_BACK = "charge_back"


class Source(StrEnum):
    WALLET = "wallet"
    """Moved out of the backer's wallet, as she agreed with her pledge."""
    MANDATE = "mandate"
    """Debited under a mandate that she signs in payments, for a bound card or for her wallet."""


@dataclass(frozen=True, slots=True)
class Pledge:
    """backer: `cus_…`; tier_id: of the reward promised, None for a gift. account_id: her wallet's, once it was looked for.

    mandate_id, debit_id: `mdt_…`, `mdb_…` in payments; mandate_minor: what it allows; mandate_ended: it was revoked after its use.
    decision_id: `rdc_…` of the review there that its charge waits for. attempts: charges begun; due_at: until when it may be signed, or of
    the next charge, or when its bank is asked again.
    refunded_minor: what went back to her of it; reversed_minor: what her bank took back.
    """

    id: UUID
    project_id: UUID
    backer: str
    tier_id: UUID | None
    amount_minor: int
    currency: str
    source: Source
    state: PledgeState
    reason: str | None
    mandate_id: str | None
    mandate_minor: int | None
    mandate_ended: bool
    account_id: UUID | None
    debit_id: str | None
    decision_id: str | None
    attempts: int
    refunded_minor: int
    reversed_minor: int
    made_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Of a gift for the public benefit. content_hash: SHA-256 of the document."""

    pledge_id: UUID
    document: str
    content_hash: bytes
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Payer:
    """A pledge that was collected. paid_minor: what of it has not gone back, by a refund or by her bank."""

    pledge_id: UUID
    backer: str
    account_id: UUID
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What payments said of one try to charge a pledge.

    collected: None while a bank has not said how it ended; or, with decision_id, while somebody at payments looks at it.
    """

    pledge_id: UUID
    attempt: int
    collected: bool | None
    account_id: UUID | None = None
    debit_id: str | None = None
    reason: str | None = None
    decision_id: str | None = None

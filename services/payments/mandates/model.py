"""A customer lets somebody debit her (委托代扣), and the debits made under it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class MandateState(StrEnum):
    REQUESTED = "requested"
    """The payee asks; the customer has not signed."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """The customer has stopped it for a while: debits that are due wait for another day of their plan."""
    REVOKED = "revoked"
    EXPIRED = "expired"
    REFUSED = "refused"
    """Not signed in time, or five times with wrong factors."""


LIVE = frozenset({MandateState.ACTIVE, MandateState.SUSPENDED})


class Period(StrEnum):
    """Of business days: a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Source(StrEnum):
    WALLET = "wallet"
    CARD = "card"


@dataclass(frozen=True)
class Scope:
    """What the customer allows. Amounts in minor units; retry_days: after the day a debit was planned for."""

    purpose: str
    currency: str
    max_per_debit: int
    period: Period
    max_per_period: int
    notice_days: int
    retry_days: tuple[int, ...]
    valid_until: date


@dataclass(frozen=True)
class Mandate:
    """payee: the party that debits; account_id: of it, where the money goes. card_id: the card signed with, and the source if it is a card.

    wallet_account_id: the source if it is the wallet. tries: signatures with wrong factors. due_at: until when it may be signed, or
    when it expires.
    """

    id: UUID
    customer_id: UUID
    payee: str
    account_id: UUID
    purpose: str
    currency: str
    max_per_debit: int
    period: Period
    max_per_period: int
    notice_days: int
    retry_days: list[int]
    valid_until: date
    state: MandateState
    source: Source | None
    card_id: UUID | None
    wallet_account_id: UUID | None
    tries: int
    refusal_code: str | None
    requested_at: datetime
    signed_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True)
class Factors:
    """The four factors a mandate is signed with; the card is the fourth. Never shown in a log."""

    name: str
    identity_number: str
    mobile: str

    def __repr__(self) -> str:
        return "Factors(…)"


class DebitState(StrEnum):
    ANNOUNCED = "announced"
    """Planned: the customer has been told."""
    RETRYING = "retrying"
    """Refused for now: tried again on another day."""
    SENT = "sent"
    """With the card's bank; its result is not final."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


WAITING = frozenset({DebitState.ANNOUNCED, DebitState.RETRYING})
COUNTED = WAITING | {DebitState.SENT, DebitState.SUCCEEDED}
"""What counts against the cap of its period."""


@dataclass(frozen=True)
class Debit:
    """number: the payee's own. planned_on: the day it was announced for; counted_on: of its (next) attempt, in whose period it counts.

    late: the bank paid after it had been given up. transfer_id: once it succeeded.
    """

    id: UUID
    mandate_id: UUID
    number: str
    amount: int
    currency: str
    state: DebitState
    planned_on: date
    counted_on: date
    attempts: int
    instruction_id: UUID | None
    transfer_id: UUID | None
    failure_code: str | None
    late: bool
    requested_at: datetime
    due_at: datetime | None
    ended_at: datetime | None

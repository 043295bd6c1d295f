"""A bound bank card."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CardKind(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"
    PREPAID = "prepaid"


class CardState(StrEnum):
    REQUESTED = "requested"
    """The bank has not been asked yet."""
    CODE_SENT = "code_sent"
    CONFIRMING = "confirming"
    """The holder gave a code; the bank has not judged it yet."""
    BOUND = "bound"
    REFUSED = "refused"
    REMOVED = "removed"


LIVE = frozenset({CardState.REQUESTED, CardState.CODE_SENT, CardState.CONFIRMING, CardState.BOUND})


@dataclass(frozen=True)
class CardType:
    """What a number's first digits tell. bank: code; bank_name: Chinese."""

    bank: str
    bank_name: str
    kind: CardKind


@dataclass(frozen=True)
class Sealed:
    """A card's personal data as stored: encrypted details, and an index under which the same number is found again."""

    details: bytes
    number_index: bytes
    masked: str


@dataclass(frozen=True)
class Card:
    """details: encrypted (services.payments.cards.vault). submitted_code: held only until the bank has judged it."""

    id: UUID
    customer_id: UUID
    bank: str
    bank_name: str
    kind: CardKind
    masked: str
    details: bytes
    number_index: bytes
    state: CardState
    refusal_code: str | None
    submitted_code: str | None
    requested_at: datetime
    bound_at: datetime | None
    due_at: datetime | None

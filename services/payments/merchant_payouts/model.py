"""Settled money on its way to merchants' bank accounts, in batches that a bank executes."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.payments.channels.model import PaymentFiles, PaymentForm

Format = PaymentForm | Literal["csv"]
"""Of a batch's file: the table is for banks' own programs."""
LARGEST_MINOR = 2**53 - 1
LARGEST_REPORT = 900_000
"""Characters of a pain.002: more than a batch of a thousand lines comes to."""
NOT_FOUND = "unknown_message"
"""A bank's word that it has no such batch: unknown until its finality has passed."""


@dataclass(frozen=True)
class PayoutAccount:
    """A merchant's account at a bank. details: holder's name and number, sealed; masked: what is shown. Never changed."""

    id: UUID
    merchant_id: UUID
    bank: str
    details: bytes
    masked: str
    added_at: datetime


@dataclass(frozen=True)
class BankDetails:
    holder_name: str
    number: str


class PayoutState(StrEnum):
    WAITING = "waiting"
    """On the merchant's balance, for the next batch."""
    BATCHED = "batched"
    PAID = "paid"
    FAILED = "failed"
    """The bank refused it, or refunds took it first: what is left of it is on the merchant's balance."""
    RETURNED = "returned"
    """Paid, and sent back by the payee's bank (退票): it is on the merchant's balance again."""


@dataclass(frozen=True)
class Payout:
    """What a settlement owes a merchant at her bank, minor units. held_up: why one that waits could not be batched when last tried."""

    id: UUID
    settlement_id: UUID
    merchant_id: UUID
    payout_account_id: UUID
    bank: str
    currency: str
    amount: int
    state: PayoutState
    due_at: datetime | None
    failure_code: str | None = None
    ended_at: datetime | None = None
    held_up: str | None = None


class BatchState(StrEnum):
    CLOSED = "closed"
    """Its lines and their identifiers are fixed, its money is held; the file may be fetched."""
    SUBMITTED = "submitted"
    CANCELLING = "cancelling"
    """Asked back; it stands until the bank confirms that it was not executed."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class LineState(StrEnum):
    HELD = "held"
    PAID = "paid"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    """Paid, and sent back later."""


@dataclass(frozen=True)
class Batch:
    """message_id: of its file. bank: that executes it, and whose reserve pays. due_at: by when the bank should have answered.

    sent_as: the form in which a channel carries it to the bank, None where operators do; debtor_account: what the bank calls our reserve.
    sending: the file may be on its way just now; sent_at: until when it last may have been.
    asked: turns without an end so far; query_at: the next one; detail: what the last one told.
    """

    id: UUID
    bank: str
    currency: str
    number: int
    message_id: str
    execute_on: date
    lines: int
    total_minor: int
    state: BatchState
    closed_at: datetime
    due_at: datetime | None
    submitted_at: datetime | None = None
    ended_at: datetime | None = None
    debtor_account: str | None = None
    sent_as: PaymentForm | None = None
    sending: bool = False
    sent_at: datetime | None = None
    asked: int = 0
    query_at: datetime | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Line:
    """amount: what was held, which is less than the payout's where refunds took the rest. return_id: the transfer that brought it back."""

    id: UUID
    batch_id: UUID
    position: int
    payout_id: UUID
    merchant_id: UUID
    payout_account_id: UUID
    end_to_end_id: str
    amount: int
    hold_id: UUID
    state: LineState
    bank_code: str | None = None
    return_id: UUID | None = None


@dataclass(frozen=True)
class Carrier:
    """A reserve that may pay a batch. files: how its bank takes the batch from a channel, None: operators hand it over.

    least, most: of one line, minor units.
    """

    bank: str
    available: int
    files: PaymentFiles | None = None
    least: int = 1
    most: int = LARGEST_MINOR


@dataclass(frozen=True, slots=True)
class BankWord:
    """What one exchange with a bank about a batch brought: its pain.002, or why there is none."""

    document: str | None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class LineStatus:
    """What a bank says of one line. code: of the ISO external status list. reason: its reason code, if any."""

    end_to_end_id: str
    code: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A bank's pain.002: on which message, what of the whole and why, what of its lines."""

    message_id: str
    group_code: str | None
    lines: tuple[LineStatus, ...]
    group_reason: str | None = None

"""Settled money on its way to merchants' bank accounts, in batches that a bank executes."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


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


@dataclass(frozen=True)
class Payout:
    """What a settlement owes a merchant at her bank, minor units."""

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


@dataclass(frozen=True)
class Batch:
    """message_id: of its file. bank: that executes it, and whose reserve pays. due_at: by when the bank should have answered."""

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


@dataclass(frozen=True)
class Line:
    """amount: what was held, which is less than the payout's where refunds took the rest."""

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


@dataclass(frozen=True, slots=True)
class LineStatus:
    """What a bank says of one line. code: of the ISO external status list. reason: its reason code, if any."""

    end_to_end_id: str
    code: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A bank's pain.002: on which message, what of the whole, what of its lines."""

    message_id: str
    group_code: str | None
    lines: tuple[LineStatus, ...]

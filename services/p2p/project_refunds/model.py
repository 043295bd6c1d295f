"""A mass refund: what is left of a project goes back to its backers, in numbered batches that can be stopped and gone on with."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class RefundState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class RefundEvent(StrEnum):
    STOP = "stop"
    RESUME = "resume"
    FINISH = "finish"


class RefundCause(StrEnum):
    SHORTFALL = "shortfall"
    """Too little could be collected."""
    MILESTONE_MISSED = "milestone_missed"
    STAFF = "staff"
    SURPLUS = "surplus"
    """Of a public benefit, beyond its goal."""


@dataclass(frozen=True, slots=True)
class Refund:
    """shares, batches: how many; due_at: when a stopped one goes on by itself."""

    id: UUID
    project_id: UUID
    cause: RefundCause
    amount_minor: int
    currency: str
    account_id: UUID
    shares: int
    batches: int
    state: RefundState
    reason: str | None
    asked_by: str
    made_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundBatch:
    """begun_at: when it was first sent, until it is recorded: what is begun is ended, also where the refund was stopped meanwhile."""

    refund_id: UUID
    number: int
    shares: int
    amount_minor: int
    begun_at: datetime | None
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundShare:
    """account_id: the wallet it goes to; tries: how often the ledger refused it. withheld_minor: what of it her bank gave her already;
    paid_at: when the rest was paid, or nothing was left of it."""

    refund_id: UUID
    batch: int
    pledge_id: UUID
    backer: str
    account_id: UUID
    amount_minor: int
    withheld_minor: int
    tries: int
    reason: str | None
    paid_at: datetime | None

    @property
    def due_minor(self) -> int:
        return self.amount_minor - self.withheld_minor


@dataclass(frozen=True, slots=True)
class Sending:
    """A batch that is begun, and what of it is not paid."""

    refund: Refund
    batch: int
    shares: list[RefundShare]


@dataclass(frozen=True, slots=True)
class ShareRefused:
    """The ledger did not pay a share. account_id: where another try goes; tries: those before this one."""

    reason: str
    account_id: UUID
    tries: int

"""Money on its way back to the card it was taken from: taken a second time, or for what needed it no more, or refunded."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CardReturnState(StrEnum):
    WAITING = "waiting"
    """The reserve at the channel that took it is short: it is sent when it holds so much again."""
    RETURNING = "returning"
    """It is on its way back to the card; the result is not final."""
    RETURNED = "returned"
    CREDITED = "credited"
    """No channel could return it: it went to the customer's account instead."""


class ReturnReason(StrEnum):
    SURPLUS = "surplus"
    """A channel given up as failed had succeeded after all, beside another one."""
    NOT_NEEDED = "not_needed"
    """It came for an order that was closed, or paid otherwise."""
    REFUND = "refund"
    """A merchant refunds what it paid, or a part of that."""


@dataclass(frozen=True)
class CardReturn:
    """instruction_id: the charge that goes back, wholly unless it is refunded; payout_id: the payout that brings it back.

    channel: who took it, then who returns it; hold_id: holds the amount for that channel. Neither payout_id nor hold_id while it waits, nor
    of what never was sent. due_at: when it is tried again; expires_at: still waiting by then, it goes to the fallback account.
    fallback_account_id: who gets it when no channel returns it. late: a channel paid it back after it had been given up there, so that the
    customer has it twice.
    """

    id: UUID
    instruction_id: UUID
    channel: str
    card_id: UUID
    amount: int
    currency: str
    fallback_account_id: UUID
    state: CardReturnState
    payout_id: UUID | None
    hold_id: UUID | None
    late: bool
    started_at: datetime
    ended_at: datetime | None
    reason: ReturnReason = ReturnReason.SURPLUS
    due_at: datetime | None = None
    expires_at: datetime | None = None

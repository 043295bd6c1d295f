"""A reward owed to a backer, shipped and received."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class DeliveryState(StrEnum):
    OWED = "owed"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CLOSED = "closed"
    """Its project was refunded, or its backer's bank took back what she had paid."""


class DeliveryEvent(StrEnum):
    SHIP = "ship"
    RECEIVE = "receive"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Delivery:
    """promised_on: the day of its tier; due_at: when what was shipped counts as received."""

    pledge_id: UUID
    project_id: UUID
    tier_id: UUID
    backer: str
    promised_on: date
    state: DeliveryState
    tracking: str | None
    shipped_at: datetime | None
    received_at: datetime | None
    changed_at: datetime
    due_at: datetime | None

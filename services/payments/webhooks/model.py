"""Receivers of events, and what was sent to them. Instants are real time: retries do not follow the test clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

FAILING_LIMIT = timedelta(days=5)
"""An endpoint that has answered nothing well for so long is disabled."""
ROTATION_OVERLAP = timedelta(hours=24)
"""So long after a rotation messages are signed with the old secret too."""
KEPT = timedelta(days=30)
"""Ended deliveries and their log."""
MOST_ENDPOINTS = 20
ORDER_TYPES = (
    "payments.order.paid.v1",
    "payments.order.closed.v1",
    "payments.order.finished.v1",
    "payments.refund.succeeded.v1",
    "payments.refund.failed.v1",
)
"""What an order's own address is told."""
MOST_REPLAYED = 5_000


class EndpointState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    REMOVED = "removed"


class DisabledReason(StrEnum):
    OWNER = "owner"
    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"


class DeliveryState(StrEnum):
    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    DEAD = "dead"


@dataclass(frozen=True)
class Endpoint:
    """types: names and prefixes of event types, `*` all. after_position: what stands later in the log goes to it.

    secret, previous_secret: sealed; the previous one signs too until previous_until. failing_since: first failure since the last success.
    """

    id: UUID
    owner: str
    url: str
    types: list[str]
    secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None
    state: EndpointState
    disabled_reason: DisabledReason | None
    failing_since: datetime | None
    after_position: int
    made_at: datetime


@dataclass(frozen=True)
class Delivery:
    """One event for one endpoint. url: where to instead of the endpoint's, of a single record. test: the message is no event.

    attempts: in all; tries: since it was queued or replayed last. leased_until: a process is at it.
    """

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    type: str
    url: str | None
    test: bool
    state: DeliveryState
    attempts: int
    tries: int
    due_at: datetime | None
    leased_until: datetime | None
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Attempt:
    """status: of the answer, None without one; answer: its first bytes; failure: what went wrong instead."""

    delivery_id: UUID
    number: int
    at: datetime
    status: int | None
    latency_ms: int
    answer: str
    failure: str | None


@dataclass(frozen=True)
class Outgoing:
    """What is needed to send one delivery, with no transaction open. body: exact; secrets: those that sign, the newest first."""

    delivery: Delivery
    url: str
    body: str
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A new secret, in the only answer that ever holds it."""

    endpoint: Endpoint
    secret: str


@dataclass(frozen=True)
class Replay:
    """How many deliveries wait again; more: there are others left."""

    endpoint_id: UUID
    queued: int
    more: bool

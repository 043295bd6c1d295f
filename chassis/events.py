"""What happened, told to whoever asks: recorded in the story's own transaction, numbered after its commit.

An action calls `tx.events.add(type, subject, data)`; the frame writes what was added just before it commits. An event has no
position yet: `chassis.sequencer` gives committed events the next positions, and readers see positions only. On the wire an event
is a CloudEvent; `data` carries ids and amounts, never personal data.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode

ID_PREFIX = "evt"

# One statement for any number of events. events_new is numbered in the order in which the story told its events.
WRITE = """
WITH told AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
    WITH ORDINALITY AS t(id, type, subject, occurred_at, data, trace, place)
), written AS (
    INSERT INTO chassis.events (id, type, subject, occurred_at, data, trace)
    SELECT id, type, subject, occurred_at, data::jsonb, trace FROM told
)
INSERT INTO chassis.events_new (event_id) SELECT id FROM told ORDER BY place
"""


class _Ids(Protocol):
    def new(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event of a transaction that has not committed. type: such as `payments.trade.released.v1`; subject: id of what it is about."""

    id: UUID
    type: str
    subject: str
    occurred_at: datetime
    data: dict[str, Any]
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event as a reader sees it. position: gap-free and stable within its source, from 1; data: as the source published it."""

    position: int
    id: str
    source: str
    type: str
    subject: str
    occurred_at: datetime
    data: dict[str, Any]
    trace: str | None = None


class EventSink:
    """Collects the events of one transaction."""

    def __init__(self, now: datetime, ids: _Ids, trace: str | None = None) -> None:
        self._now = now
        self._ids = ids
        self._trace = trace
        self._pending: list[PendingEvent] = []

    def add(self, type: str, subject: str, data: dict[str, Any], trace: str | None = None) -> UUID:
        """Tell an event; it is written, in this order, just before the transaction commits. Answers its id.

        trace: of the one request that caused it, where the transaction is of many.
        """
        event = PendingEvent(self._ids.new(), type, subject, self._now, data, trace or self._trace)
        self._pending.append(event)
        return event.id

    def take(self) -> list[PendingEvent]:
        """What was added since the last take."""
        taken, self._pending = self._pending, []
        return taken


async def write_events(connection: AsyncConnection, events: list[PendingEvent]) -> None:
    """Insert events in one statement, inside the caller's transaction."""
    if events:
        await connection.exec_driver_sql(WRITE, columns_of(events))


def columns_of(events: list[PendingEvent]) -> tuple[list[Any], ...]:
    """What WRITE is given."""
    return (
        [event.id for event in events],
        [event.type for event in events],
        [event.subject for event in events],
        [event.occurred_at for event in events],
        [msgspec.json.encode(event.data).decode() for event in events],
        [event.trace for event in events],
    )


def cloud_event(source: str, row: Any) -> dict[str, Any]:
    """A row of (position, id, type, subject, occurred_at, data, trace) as a CloudEvents 1.0 document in JSON format."""
    document = {
        "specversion": "1.0",
        "id": encode(ID_PREFIX, row.id),
        "source": f"/{source}",
        "type": row.type,
        "subject": row.subject,
        "time": row.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "position": row.position,
        "data": row.data,
    }
    if row.trace is not None:
        document["traceparent"] = row.trace
    return document


def read_cloud_event(document: dict[str, Any]) -> Event:
    """The Event in a document written by `cloud_event`. Raises KeyError, TypeError or ValueError for anything else."""
    return Event(
        position=int(document["position"]),
        id=str(document["id"]),
        source=str(document["source"]).removeprefix("/"),
        type=str(document["type"]),
        subject=str(document["subject"]),
        occurred_at=datetime.fromisoformat(document["time"]),
        data=dict(document["data"]),
        trace=document.get("traceparent"),
    )

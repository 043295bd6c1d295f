"""Counting: an event's facts are written in the transaction that moves its feed's cursor."""

from typing import Any
from uuid import UUID

from chassis.clock import business_day
from chassis.database import Tx
from chassis.events import Event
from chassis.ids import encode
from gateway.operations import queries
from gateway.operations.rules import facts_of


async def record(tx: Tx, event: Event) -> None:
    """Count an event of a feed. A type that nothing is counted from is passed over."""
    facts = facts_of(
        event.source, event.type, event.subject, event.data, business_day(event.occurred_at, tx.settings.zone)
    )
    if facts:
        await queries.count(
            tx.connection,
            facts,
            counted_on=business_day(event.occurred_at, tx.settings.zone),
            source=event.source,
            event_id=event.id,
            event_type=event.type,
            occurred_at=event.occurred_at,
        )


async def record_own(tx: Tx, event_id: UUID, event_type: str, subject: str, data: dict[str, Any]) -> None:
    """Count what the gateway itself tells, with the story that tells it: its own events need no feed."""
    await queries.count(
        tx.connection,
        facts_of("gateway", event_type, subject, data, tx.today),
        counted_on=tx.today,
        source="gateway",
        event_id=encode("evt", event_id),
        event_type=event_type,
        occurred_at=tx.now,
    )

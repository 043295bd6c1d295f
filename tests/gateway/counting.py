"""Events as a feed would bring them, applied by the action that the feeds call."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from chassis.events import Event
from chassis.runtime import Runtime
from gateway.operations.actions import record

_positions = count(1)


async def happened(runtime: Runtime, event_type: str, at: str = "2026-11-24T04:00:00", **data: Any) -> Event:
    """Count an event of that type at an instant in UTC; its source is what the type begins with."""
    position = next(_positions)
    event = Event(
        position=position,
        id=f"evt_{position}",
        source=event_type.partition(".")[0],
        type=event_type,
        subject=f"subject_{position}",
        occurred_at=datetime.fromisoformat(at).replace(tzinfo=UTC),
        data=data,
    )
    async with runtime.transaction() as tx:
        await record(tx, event)
    return event


async def topped_up(
    runtime: Runtime, customer: str, amount: int = 500, currency: str = "CNY", at: str = "2026-11-24T04:00:00"
) -> Event:
    facts = {"customer_id": customer, "amount": amount, "currency": currency, "bank": "icbc"}
    return await happened(runtime, "payments.top_up.succeeded.v1", at, **facts)

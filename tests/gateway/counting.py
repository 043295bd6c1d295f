"""Events as a feed would bring them, applied by the action that the feeds call; and the figures that come of them."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx

from chassis.events import Event
from chassis.runtime import Runtime
from gateway.operations.actions import record

NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
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


async def figures(http: httpx.AsyncClient, **params: str) -> dict[str, Any]:
    """The summary's figures of November 2026 by their codes."""
    summary = (await http.get("/v1/operations/summary", params=NOVEMBER | params)).json()
    return {figure["code"]: figure for group in summary["groups"] for figure in group["figures"]}

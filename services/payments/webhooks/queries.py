from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import Direct
from services.payments.webhooks.model import (
    ORDER_TYPES,
    Attempt,
    Delivery,
    DeliveryState,
    DisabledReason,
    Endpoint,
    EndpointState,
)
from services.payments.webhooks.tables import webhook_attempts, webhook_deliveries, webhook_endpoints, webhook_progress

deliveries, endpoints = webhook_deliveries.c, webhook_endpoints.c

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || :owner, 0))")
_HEAD = text("SELECT coalesce(max(position), 0) FROM chassis.event_positions")
_MERCHANTS_TOLD = text(
    "SELECT DISTINCT event.data ->> 'merchant_id' FROM chassis.event_positions AS place"
    " JOIN chassis.events AS event ON event.id = place.event_id"
    " WHERE place.position > :after AND place.position <= :until AND event.data ->> 'merchant_id' IS NOT NULL"
)
_OWNERS = text(
    "SELECT id, owner FROM merchants WHERE id = ANY(:ids)"
    " AND owner IN (SELECT owner FROM webhook_endpoints WHERE state <> 'removed')"
)
# An event is its merchant's owner's; one that names an owner outright is that party's. Endpoints are locked against being disabled
# meanwhile: what is queued for one that is would wait for nobody.
_CONCERNED = text("""
SELECT endpoint.id AS endpoint_id, event.id AS event_id, event.type, endpoint.state = 'active' AS active
FROM chassis.event_positions AS place JOIN chassis.events AS event ON event.id = place.event_id
LEFT JOIN unnest(cast(:merchants AS text[]), cast(:owners AS text[])) AS selling (merchant_id, owner)
    ON selling.merchant_id = event.data ->> 'merchant_id'
JOIN webhook_endpoints AS endpoint ON endpoint.owner = coalesce(selling.owner, event.data ->> 'owner')
WHERE place.position > :after AND place.position <= :until
    AND place.position > endpoint.after_position AND endpoint.state <> 'removed'
    AND EXISTS (SELECT FROM unnest(endpoint.types) AS wanted
        WHERE event.type = wanted OR (right(wanted, 1) = '*' AND starts_with(event.type, left(wanted, -1))))
ORDER BY place.position FOR SHARE OF endpoint
""")
_LISTENING = "SELECT DISTINCT owner FROM webhook_endpoints WHERE owner = ANY($1::text[]) AND state = 'active'"
_ORDERS_TOLD = text("""
SELECT event.id, event.type, event.data ->> 'order_id' FROM chassis.event_positions AS place
JOIN chassis.events AS event ON event.id = place.event_id
WHERE place.position > :after AND place.position <= :until AND event.type = ANY(:types) AND event.data ->> 'order_id' IS NOT NULL
""")
# Locked against being disabled meanwhile. Where none is active any more, a dead letter of the oldest.
_ADDRESSED = text("""
SELECT endpoint.id, told.event_id, told.type, endpoint.state = 'active', orders.notify_url
FROM unnest(cast(:events AS uuid[]), cast(:types AS text[]), cast(:orders AS uuid[])) AS told (event_id, type, order_id)
JOIN orders ON orders.id = told.order_id AND orders.notify_url IS NOT NULL
JOIN merchants ON merchants.id = orders.merchant_id
CROSS JOIN LATERAL (
    SELECT id, state FROM webhook_endpoints WHERE owner = merchants.owner AND state <> 'removed'
    ORDER BY (state = 'active') DESC, id LIMIT 1 FOR SHARE
) AS endpoint
""")
# At most so many of one endpoint at a time, so that a slow one holds up its own alone; and as many of the orders' addresses that it signs
# for. What another has leased since the first look is seen when the row is locked, so the condition stands there again.
_CLAIM = text("""
WITH busy AS (
    SELECT endpoint_id, url IS NULL AS own, count(*) AS running FROM webhook_deliveries WHERE leased_until > :now
    GROUP BY endpoint_id, url IS NULL
), next AS (
    SELECT due.id FROM webhook_endpoints AS endpoint CROSS JOIN (VALUES (true), (false)) AS address (own)
    LEFT JOIN busy ON busy.endpoint_id = endpoint.id AND busy.own = address.own
    CROSS JOIN LATERAL (
        SELECT delivery.id, delivery.due_at FROM webhook_deliveries AS delivery
        WHERE delivery.endpoint_id = endpoint.id AND (delivery.url IS NULL) = address.own
            AND delivery.state = 'pending' AND delivery.due_at <= :now
            AND (delivery.leased_until IS NULL OR delivery.leased_until <= :now)
        ORDER BY delivery.due_at LIMIT greatest(:per_endpoint - coalesce(busy.running, 0), 0)
    ) AS due
    WHERE endpoint.state = 'active' ORDER BY due.due_at LIMIT :limit
), free AS (
    SELECT id FROM webhook_deliveries WHERE id IN (SELECT id FROM next) AND state = 'pending'
        AND (leased_until IS NULL OR leased_until <= :now) FOR UPDATE SKIP LOCKED
)
UPDATE webhook_deliveries SET leased_until = :until WHERE id IN (SELECT id FROM free) RETURNING id
""")
_EVENTS = text(
    "SELECT NULL AS position, id, type, subject, occurred_at, data, trace FROM chassis.events WHERE id = ANY(:ids)"
)


async def one_at_a_time(connection: AsyncConnection, owner: str) -> None:
    """Until the transaction ends, no other registers for this owner: they are counted."""
    await connection.execute(_ONE_AT_A_TIME, {"owner": owner})


async def count_live(connection: AsyncConnection, owner: str) -> int:
    statement = select(func.count()).where(endpoints.owner == owner, endpoints.state != EndpointState.REMOVED)
    return int((await connection.execute(statement)).scalar_one())


async def add_endpoint(connection: AsyncConnection, endpoint: Endpoint) -> bool:
    """False if the owner has one at this address."""
    statement = insert(webhook_endpoints).values(asdict(endpoint)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def endpoint_with(connection: AsyncConnection, endpoint_id: UUID, *, lock: bool = False) -> Endpoint | None:
    statement = select(webhook_endpoints).where(endpoints.id == endpoint_id)
    # Those who queue for it need not wait for those who change it.
    row = (await connection.execute(statement.with_for_update(key_share=True) if lock else statement)).one_or_none()
    return None if row is None else _endpoint(row)


async def listening(direct: Direct, owners: Collection[str]) -> set[str]:
    """Those of them who have an active endpoint, whose secret can sign."""
    return {row[0] for row in await direct.fetch(_LISTENING, list(owners))}


async def endpoints_of(
    connection: AsyncConnection, owner: str | None, after: UUID | None, limit: int
) -> list[Endpoint]:
    """A party's endpoints that were not removed, or everybody's; oldest first."""
    statement = select(webhook_endpoints).where(endpoints.state != EndpointState.REMOVED)
    if owner is not None:
        statement = statement.where(endpoints.owner == owner)
    if after is not None:
        statement = statement.where(endpoints.id > after)
    return [_endpoint(row) for row in await connection.execute(statement.order_by(endpoints.id).limit(limit))]


async def save_endpoint(connection: AsyncConnection, endpoint: Endpoint) -> None:
    values = asdict(endpoint)
    await connection.execute(update(webhook_endpoints).where(endpoints.id == values.pop("id")).values(values))


async def head(connection: AsyncConnection) -> int:
    """The last position of the log."""
    return int((await connection.execute(_HEAD)).scalar_one())


async def progress(connection: AsyncConnection, *, lock: bool = False) -> int:
    """Up to which position events are queued."""
    statement = select(webhook_progress.c.position)
    return int((await connection.execute(statement.with_for_update() if lock else statement)).scalar_one())


async def move_progress(connection: AsyncConnection, position: int) -> None:
    await connection.execute(update(webhook_progress).values(position=position))


async def merchants_told(connection: AsyncConnection, after: int, until: int) -> list[str]:
    """Merchants named by events between two positions, as they stand there."""
    return list((await connection.execute(_MERCHANTS_TOLD, {"after": after, "until": until})).scalars())


async def owners_listening(connection: AsyncConnection, merchant_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Owners of these merchants, of those who have endpoints."""
    return {row.id: row.owner for row in await connection.execute(_OWNERS, {"ids": list(merchant_ids)})}


async def orders_told(connection: AsyncConnection, after: int, until: int) -> list[tuple[UUID, str, str]]:
    """(event, type, order as it stands there) of what an order's own address is told, between two positions."""
    facts = {"after": after, "until": until, "types": list(ORDER_TYPES)}
    return [tuple(row) for row in await connection.execute(_ORDERS_TOLD, facts)]


async def addressed(
    connection: AsyncConnection, told: Sequence[tuple[UUID, str, UUID]]
) -> list[tuple[UUID, UUID, str, bool, str]]:
    """(endpoint, event, type, whether the endpoint is active, address) of those whose order names one. told: event, type, order."""
    events, types, orders = zip(*told, strict=True)
    facts = {"events": list(events), "types": list(types), "orders": list(orders)}
    return [tuple(row) for row in await connection.execute(_ADDRESSED, facts)]


async def concerned(
    connection: AsyncConnection, after: int, until: int, owners: Mapping[str, str]
) -> list[tuple[UUID, UUID, str, bool]]:
    """(endpoint, event, type, whether the endpoint is active) of the events between two positions. owners: by merchant id on the wire."""
    facts = {"after": after, "until": until, "merchants": list(owners), "owners": list(owners.values())}
    return [tuple(row) for row in await connection.execute(_CONCERNED, facts)]


async def add_deliveries(connection: AsyncConnection, queued: Sequence[Delivery]) -> int:
    """How many were new: an event is queued once for an endpoint."""
    if not queued:
        return 0
    statement = insert(webhook_deliveries).on_conflict_do_nothing()
    result = await connection.execute(statement.values([asdict(delivery) for delivery in queued]))
    return result.rowcount


async def delivery_with(connection: AsyncConnection, delivery_id: UUID, *, lock: bool = False) -> Delivery | None:
    statement = select(webhook_deliveries).where(deliveries.id == delivery_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _delivery(row)


async def save_delivery(connection: AsyncConnection, delivery: Delivery) -> None:
    values = asdict(delivery)
    await connection.execute(update(webhook_deliveries).where(deliveries.id == values.pop("id")).values(values))


async def deliveries_of(
    connection: AsyncConnection, endpoint_id: UUID, state: DeliveryState | None, before: UUID | None, limit: int
) -> list[Delivery]:
    """What was sent or waits for an endpoint, newest first."""
    statement = select(webhook_deliveries).where(deliveries.endpoint_id == endpoint_id)
    if state is not None:
        statement = statement.where(deliveries.state == state)
    if before is not None:
        statement = statement.where(deliveries.id < before)
    return [_delivery(row) for row in await connection.execute(statement.order_by(deliveries.id.desc()).limit(limit))]


async def attempts_of(connection: AsyncConnection, delivery_id: UUID, limit: int) -> list[Attempt]:
    """The newest attempts, oldest first."""
    statement = select(webhook_attempts).where(webhook_attempts.c.delivery_id == delivery_id)
    rows = await connection.execute(statement.order_by(webhook_attempts.c.number.desc()).limit(limit))
    return [Attempt(**row._mapping) for row in rows][::-1]


async def add_attempt(connection: AsyncConnection, attempt: Attempt) -> None:
    await connection.execute(insert(webhook_attempts).values(asdict(attempt)))


async def claim_due(
    connection: AsyncConnection, now: datetime, until: datetime, per_endpoint: int, limit: int
) -> list[UUID]:
    """Deliveries that are due, leased to the caller."""
    facts = {"now": now, "until": until, "per_endpoint": per_endpoint, "limit": limit}
    return list((await connection.execute(_CLAIM, facts)).scalars())


async def to_send(connection: AsyncConnection, ids: Sequence[UUID]) -> list[tuple[Delivery, Endpoint]]:
    rows = await connection.execute(select(webhook_deliveries).where(deliveries.id.in_(ids)))
    found = [_delivery(row) for row in rows]
    statement = select(webhook_endpoints).where(endpoints.id.in_({delivery.endpoint_id for delivery in found}))
    named = {row.id: _endpoint(row) for row in await connection.execute(statement)}
    return [(delivery, named[delivery.endpoint_id]) for delivery in found]


async def events_with(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    return {row.id: row for row in await connection.execute(_EVENTS, {"ids": list(ids)})}


async def give_up_pending(connection: AsyncConnection, endpoint_id: UUID, now: datetime) -> int:
    """What waits for a disabled endpoint are dead letters, until its owner replays them."""
    statement = (
        update(webhook_deliveries)
        .where(deliveries.endpoint_id == endpoint_id, deliveries.state == DeliveryState.PENDING)
        .values(state=DeliveryState.DEAD, due_at=None, leased_until=None, ended_at=now)
    )
    return (await connection.execute(statement)).rowcount


async def queue_again(
    connection: AsyncConnection,
    endpoint_id: UUID,
    since: datetime,
    states: Sequence[DeliveryState],
    now: datetime,
    limit: int,
) -> int:
    """Ended deliveries made since an instant wait again, oldest first, at most so many."""
    chosen = (
        select(deliveries.id)
        .where(deliveries.endpoint_id == endpoint_id, deliveries.made_at >= since, deliveries.state.in_(states))
        .order_by(deliveries.id)
        .limit(limit)
        .with_for_update()
    )
    statement = (
        update(webhook_deliveries)
        .where(deliveries.id.in_(chosen.scalar_subquery()))
        .values(state=DeliveryState.PENDING, tries=0, due_at=now, leased_until=None, ended_at=None)
    )
    return (await connection.execute(statement)).rowcount


async def forget_ended(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Remove a batch of deliveries that ended before an instant, with their attempts."""
    old = select(deliveries.id).where(deliveries.ended_at < before).limit(limit).with_for_update(skip_locked=True)
    return (
        await connection.execute(delete(webhook_deliveries).where(deliveries.id.in_(old.scalar_subquery())))
    ).rowcount


def _endpoint(row: Row[Any]) -> Endpoint:
    reason = None if row.disabled_reason is None else DisabledReason(row.disabled_reason)
    return Endpoint(**dict(row._mapping) | {"state": EndpointState(row.state), "disabled_reason": reason})


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**dict(row._mapping) | {"state": DeliveryState(row.state)})

"""Stories of webhooks: endpoints of a party, events queued for them, what came of each attempt, replay.

Locks: the endpoint first, then its deliveries.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.clock import real_now
from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import MalformedId, decode, encode
from chassis.sealing import SealingKeys
from chassis.webhooks import Delivered, new_secret, pause_before
from services.payments.webhooks import queries, rules
from services.payments.webhooks.errors import (
    EndpointExists,
    NoEndpoint,
    TooManyEndpoints,
    UnknownDelivery,
    UnknownEndpoint,
)
from services.payments.webhooks.model import (
    MOST_ENDPOINTS,
    MOST_REPLAYED,
    ROTATION_OVERLAP,
    Attempt,
    Delivery,
    DeliveryState,
    DisabledReason,
    Endpoint,
    EndpointState,
    Replay,
    Shown,
)

TEST_TYPE = "payments.webhook.test.v1"
LOOKED_AT_ONCE = 500
FORGOTTEN_AT_ONCE = 1_000


async def register_endpoint(tx: Tx, caller: Caller, *, keys: SealingKeys, url: str, types: list[str]) -> Shown:
    """A party wants to be told. Raises AddressNotAllowed, MalformedEventTypes, EndpointExists, TooManyEndpoints."""
    rules.require_written(url, plain=tx.settings.test_mode)
    rules.require_types(types)
    await queries.one_at_a_time(tx.connection, caller.party)
    if await queries.count_live(tx.connection, caller.party) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(f"a party has at most {MOST_ENDPOINTS} endpoints", most=MOST_ENDPOINTS)
    endpoint_id, secret = tx.ids.new(), new_secret()
    endpoint = Endpoint(
        id=endpoint_id,
        owner=caller.party,
        url=url,
        types=types,
        secret=keys.seal(endpoint_id, secret),
        previous_secret=None,
        previous_until=None,
        state=EndpointState.ACTIVE,
        disabled_reason=None,
        failing_since=None,
        after_position=await queries.head(tx.connection),
        made_at=real_now(),
    )
    if not await queries.add_endpoint(tx.connection, endpoint):
        raise EndpointExists("an endpoint at this address is registered; rotate its secret to see one", field="url")
    return Shown(endpoint, secret)


async def rotate_secret(tx: Tx, caller: Caller, *, keys: SealingKeys, endpoint_id: UUID) -> Shown:
    """A new secret; the one before signs beside it for a day. Raises UnknownEndpoint, EndpointRemoved."""
    endpoint, secret = await _own(tx, caller, endpoint_id), new_secret()
    rules.require_not_removed(endpoint)
    rotated = replace(
        endpoint,
        secret=keys.seal(endpoint.id, secret),
        previous_secret=endpoint.secret,
        previous_until=real_now() + ROTATION_OVERLAP,
    )
    await queries.save_endpoint(tx.connection, rotated)
    return Shown(rotated, secret)


async def choose_types(tx: Tx, caller: Caller, *, endpoint_id: UUID, types: list[str]) -> Endpoint:
    """From the next event on. Raises UnknownEndpoint, EndpointRemoved, MalformedEventTypes."""
    rules.require_types(types)
    endpoint = await _own(tx, caller, endpoint_id)
    rules.require_not_removed(endpoint)
    return await _saved(tx, replace(endpoint, types=types))


async def disable_endpoint(tx: Tx, caller: Caller, *, endpoint_id: UUID) -> Endpoint:
    """What waits and what comes are dead letters until it is enabled and they are replayed. Twice is harmless."""
    endpoint = await _own(tx, caller, endpoint_id)
    rules.require_not_removed(endpoint)
    if endpoint.state is EndpointState.DISABLED:
        return endpoint
    return await _disabled(tx, rules.disabled(endpoint, DisabledReason.OWNER))


async def enable_endpoint(tx: Tx, caller: Caller, *, endpoint_id: UUID) -> Endpoint:
    """Raises UnknownEndpoint, EndpointRemoved. Twice is harmless."""
    endpoint = await _own(tx, caller, endpoint_id)
    rules.require_not_removed(endpoint)
    return await _saved(tx, rules.enabled(endpoint))


async def remove_endpoint(tx: Tx, caller: Caller, *, endpoint_id: UUID) -> Endpoint:
    """For good; its log stays for a while. Twice is harmless."""
    endpoint = await _own(tx, caller, endpoint_id)
    await queries.give_up_pending(tx.connection, endpoint.id, real_now())
    removed = replace(endpoint, state=EndpointState.REMOVED, disabled_reason=None, failing_since=None)
    return await _saved(tx, removed)


async def send_test(tx: Tx, caller: Caller, *, endpoint_id: UUID) -> Delivery:
    """A message that tells nothing, signed and tried again like any. Raises UnknownEndpoint, EndpointDisabled, EndpointRemoved."""
    endpoint = await _own(tx, caller, endpoint_id)
    rules.require_active(endpoint)
    delivery = replace(_queued(tx, endpoint.id, tx.ids.new(), TEST_TYPE, active=True), test=True)
    await queries.add_deliveries(tx.connection, [delivery])
    return delivery


async def require_address(tx: Tx, *, owner: str, url: str) -> None:
    """Whether an order may have this address told (its `notify_url`). Raises AddressNotAllowed, NoEndpoint."""
    rules.require_written(url, plain=tx.settings.test_mode, field="notify_url")
    if not await queries.listening(await direct_of(tx.connection), {owner}):
        raise NoEndpoint("register a webhook endpoint first: its secret signs", field="notify_url")


async def queue_events(tx: Tx, caller: Caller) -> bool:
    """Queue the next events of the log for the endpoints and the orders' own addresses they concern, and move on; whether that was the end.

    Stories that tell an order's address something do nothing for it themselves: no receiver is ever in the way of money.
    """
    after = await queries.progress(tx.connection, lock=True)
    end = await queries.head(tx.connection)
    until = min(end, after + LOOKED_AT_ONCE)
    if until > after:
        owners = await _owners_told(tx, after, until)
        for place in _chunks(await queries.concerned(tx.connection, after, until, owners)):
            queued = [_queued(tx, endpoint_id, event_id, type, active) for endpoint_id, event_id, type, active in place]
            await queries.add_deliveries(tx.connection, queued)
        await queries.add_deliveries(tx.connection, await _to_orders(tx, after, until))
        await queries.move_progress(tx.connection, until)
    return until == end


async def record_attempt(
    tx: Tx, caller: Caller, *, endpoint_id: UUID, delivery_id: UUID, number: int, at: datetime, came: Delivered
) -> Delivery:
    """What a try brought. One that another process has counted already changes nothing."""
    endpoint = await queries.endpoint_with(tx.connection, endpoint_id, lock=True)
    delivery = await queries.delivery_with(tx.connection, delivery_id, lock=True)
    if endpoint is None or delivery is None:
        raise UnknownDelivery("no such delivery")
    if delivery.state is not DeliveryState.PENDING or delivery.attempts + 1 != number:
        return delivery
    attempt = Attempt(delivery.id, number, at, came.status, came.latency_ms, came.answer, came.failure)
    await queries.add_attempt(tx.connection, attempt)
    now = real_now()
    if came.acknowledged:
        after = rules.acknowledged(delivery, now)
    else:
        after = rules.failed(delivery, None if came.gone else pause_before(delivery.tries + 1), now)
    await queries.save_delivery(tx.connection, after)
    if delivery.url is None:
        changed = rules.endpoint_after(endpoint, succeeded=came.acknowledged, gone=came.gone, now=now)
        if changed.state is not endpoint.state:
            await _disabled(tx, changed)
        elif changed != endpoint:
            await queries.save_endpoint(tx.connection, changed)
    return after


async def replay_delivery(tx: Tx, caller: Caller, *, delivery_id: UUID) -> Delivery:
    """Send one again, whatever became of it; operators may, too. Raises UnknownDelivery, EndpointDisabled, EndpointRemoved."""
    known = await queries.delivery_with(tx.connection, delivery_id)
    endpoint = None if known is None else await queries.endpoint_with(tx.connection, known.endpoint_id, lock=True)
    if endpoint is None or not (endpoint.owner == caller.party or caller.may("payments:operate")):
        raise UnknownDelivery("no such delivery")
    rules.require_active(endpoint)
    delivery = await queries.delivery_with(tx.connection, delivery_id, lock=True)
    assert delivery is not None
    again = rules.queued_again(delivery, real_now())
    await queries.save_delivery(tx.connection, again)
    return again


async def replay_since(
    tx: Tx, caller: Caller, *, endpoint_id: UUID, since: datetime, states: Sequence[DeliveryState]
) -> Replay:
    """Send again all that ended so, a batch of them. Raises UnknownEndpoint, EndpointDisabled, EndpointRemoved."""
    endpoint = await _own(tx, caller, endpoint_id)
    rules.require_active(endpoint)
    queued = await queries.queue_again(tx.connection, endpoint.id, since, states, real_now(), MOST_REPLAYED)
    return Replay(endpoint.id, queued, queued == MOST_REPLAYED)


async def forget_old(tx: Tx, caller: Caller, *, before: datetime) -> int:
    return await queries.forget_ended(tx.connection, before, FORGOTTEN_AT_ONCE)


async def _own(tx: Tx, caller: Caller, endpoint_id: UUID) -> Endpoint:
    endpoint = await queries.endpoint_with(tx.connection, endpoint_id, lock=True)
    if endpoint is None or endpoint.owner != caller.party:
        raise UnknownEndpoint("no such endpoint", field="endpoint_id")
    return endpoint


async def _saved(tx: Tx, endpoint: Endpoint) -> Endpoint:
    await queries.save_endpoint(tx.connection, endpoint)
    return endpoint


async def _disabled(tx: Tx, endpoint: Endpoint) -> Endpoint:
    await queries.give_up_pending(tx.connection, endpoint.id, real_now())
    named = encode("whe", endpoint.id)
    told = {"endpoint_id": named, "owner": endpoint.owner, "reason": str(endpoint.disabled_reason)}
    tx.events.add("payments.webhook_endpoint.disabled.v1", named, told)
    return await _saved(tx, endpoint)


async def _owners_told(tx: Tx, after: int, until: int) -> dict[str, str]:
    """Owners by merchant id on the wire. What is no such id names nobody."""
    named: dict[UUID, str] = {}
    for told in await queries.merchants_told(tx.connection, after, until):
        try:
            named[decode("mer", told)] = told
        except MalformedId:
            continue
    owners = await queries.owners_listening(tx.connection, list(named))
    return {named[merchant_id]: owner for merchant_id, owner in owners.items()}


async def _to_orders(tx: Tx, after: int, until: int) -> list[Delivery]:
    """Of orders that name an address of their own: signed and logged by the oldest endpoint of their merchant's owner."""
    told = []
    for event_id, type, order_id in await queries.orders_told(tx.connection, after, until):
        try:
            told.append((event_id, type, decode("ord", order_id)))
        except MalformedId:
            continue
    return [
        replace(_queued(tx, endpoint_id, event_id, type, active), url=url)
        for endpoint_id, event_id, type, active, url in (await queries.addressed(tx.connection, told) if told else [])
    ]


def _queued(tx: Tx, endpoint_id: UUID, event_id: UUID, type: str, active: bool) -> Delivery:
    """For an endpoint that is disabled, a dead letter from the first: kept to be replayed."""
    now = real_now()
    return Delivery(
        id=tx.ids.new(),
        endpoint_id=endpoint_id,
        event_id=event_id,
        type=type,
        url=None,
        test=False,
        state=DeliveryState.PENDING if active else DeliveryState.DEAD,
        attempts=0,
        tries=0,
        due_at=now if active else None,
        leased_until=None,
        made_at=now,
        ended_at=None if active else now,
    )


def _chunks(found: list[tuple[UUID, UUID, str, bool]], size: int = 1_000) -> list[list[tuple[UUID, UUID, str, bool]]]:
    """A statement takes 32,767 values."""
    return [found[place : place + size] for place in range(0, len(found), size)]

"""The loop that queues events from the log and sends what is due, by one process of the service at a time.

A loop of its own and no job: a receiver that takes its time must not keep money's jobs waiting. At most CONCURRENT messages are under
way, PER_ENDPOINT of them to one endpoint and as many to the orders' addresses that it signs for, so that a slow one holds up nobody else.
What a process had under way when it died is sent again when its lease is over, under the same id.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.clock import real_now
from chassis.database import is_away
from chassis.identity import service_caller
from chassis.leadership import while_leading
from chassis.runtime import Runtime
from chassis.sealing import SealingKeys, read_keys
from chassis.sequencer import sequencer_of
from chassis.stopping import end, unbroken
from chassis.webhooks import Sender, headers_of
from services.payments.settings import WebhookPatience
from services.payments.webhooks import actions, queries
from services.payments.webhooks.messages import message_id, outgoing
from services.payments.webhooks.model import KEPT, Outgoing

PAYMENTS = service_caller("payments")
LEADERSHIP = "payments/webhooks"
CONCURRENT = 32
PER_ENDPOINT = 4
LEASE_MARGIN = timedelta(seconds=30)
TICK_SECONDS = 0.5
PAUSE_SECONDS = 1.0
log = structlog.get_logger(__name__)


@dataclass
class WebhookKeys:
    """The keys of endpoints' secrets, where routes and this loop find it."""

    keys: SealingKeys


@asynccontextmanager
async def keep_sending(runtime: Runtime) -> AsyncIterator[None]:
    """Sends in the background while the service serves. Raises MissingSetting without a key for the secrets."""
    runtime.provide(WebhookKeys(read_keys(runtime.settings, "webhook")))
    runtime.provide(Sender(runtime.settings.test_mode, WebhookPatience.read(runtime.settings).seconds))
    leading = while_leading(runtime.settings.direct_url, LEADERSHIP, Sending(runtime).follow)
    task = asyncio.create_task(leading, name="webhooks")
    try:
        yield
    finally:
        await end([task])


async def forget_old(runtime: Runtime) -> None:
    """Ended deliveries and their log are kept for a month."""
    while True:
        seed = f"forget webhooks {uuid4()}"
        forgotten = await commands.perform(runtime, actions.forget_old, PAYMENTS, seed=seed, before=real_now() - KEPT)
        if forgotten < actions.FORGOTTEN_AT_ONCE:
            return


@dataclass
class Sending:
    """Who leads sends; its tasks end with its lead."""

    runtime: Runtime
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set, init=False)
    _freed: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def follow(self) -> None:
        try:
            while True:
                position = await self._guarded(self._queue) or 0
                if not await self._guarded(self._begin):
                    await self._rest(position)
        finally:
            await end(list(self._under_way))

    async def _guarded(self, step: Callable[[], Awaitable[int]]) -> int | None:
        try:
            return await unbroken(step())
        except Exception as fault:
            if is_away(fault):
                log.warning("webhooks_wait", fault=type(fault).__name__)
            else:
                log.exception("webhooks_failed")
            await asyncio.sleep(PAUSE_SECONDS)
            return None

    async def _queue(self) -> int:
        """Queue what was told since; the position up to which it was."""
        while True:
            async with self.runtime.reading() as connection:
                position, head = await queries.progress(connection), await queries.head(connection)
            if position >= head:
                return position
            await commands.perform(self.runtime, actions.queue_events, PAYMENTS, seed=f"queue webhooks {uuid4()}")

    async def _begin(self) -> int:
        """Start sending what is due, as much as may be under way; how many."""
        self._freed.clear()
        free = CONCURRENT - len(self._under_way)
        if free <= 0:
            return 0
        messages = await self._claimed(free)
        for message in messages:
            task = asyncio.create_task(self._deliver(message), name="webhook")
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return len(messages)

    async def _claimed(self, free: int) -> list[Outgoing]:
        now = real_now()
        until = now + timedelta(seconds=self.runtime.get(Sender).seconds) + LEASE_MARGIN
        async with self.runtime.transaction() as tx:
            ids = await queries.claim_due(tx.connection, now, until, PER_ENDPOINT, free)
        return await messages_of(self.runtime, ids) if ids else []

    async def _deliver(self, message: Outgoing) -> None:
        delivery, at = message.delivery, real_now()
        headers = headers_of(message_id(delivery), int(at.timestamp()), message.body, message.secrets)
        came = await self.runtime.get(Sender).send(message.url, message.body, headers)
        await commands.perform(
            self.runtime,
            actions.record_attempt,
            PAYMENTS,
            seed=f"webhook {delivery.id} {delivery.attempts + 1}",
            endpoint_id=delivery.endpoint_id,
            delivery_id=delivery.id,
            number=delivery.attempts + 1,
            at=at,
            came=came,
        )

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._freed.set()
        if not task.cancelled() and task.exception() is not None:
            # Sent again when the lease is over.
            log.warning("webhook_not_recorded", fault=type(task.exception()).__name__)

    async def _rest(self, position: int) -> None:
        """Until there is news, a place is free, or the next look is due."""
        news = sequencer_of(self.runtime).wait_beyond(position, TICK_SECONDS)
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(news), asyncio.create_task(self._freed.wait())]
        try:
            await asyncio.wait(waits, timeout=TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(waits)


async def messages_of(runtime: Runtime, ids: list[UUID]) -> list[Outgoing]:
    """What is needed to send these deliveries."""
    async with runtime.reading() as connection:
        found = await queries.to_send(connection, ids)
        events = await queries.events_with(connection, [delivery.event_id for delivery, _ in found])
    keys, now, source = runtime.get(WebhookKeys).keys, real_now(), runtime.settings.service
    return [
        outgoing(delivery, endpoint, events.get(delivery.event_id), source, now, keys) for delivery, endpoint in found
    ]

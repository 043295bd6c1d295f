"""A neighbour's events, applied here once and in order: a cursor stored in the transaction of its effects.

The reader pulls `GET /v1/events?after=` of the source and waits there for news. A source that is away, or an event that cannot be
applied, stops the feed: it is tried again with back-off, and shown as degraded (`feed_states`) until it goes on. An event is never
passed over by itself, because what follows may rest on it; an operator may skip one, which is recorded (`skip_event`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import structlog

from chassis import feed_store
from chassis.authorities import trusted_authorities
from chassis.clock import real_now
from chassis.database import Tx
from chassis.events import Event, read_cloud_event
from chassis.feed_store import FeedState, feed_states, skip_event
from chassis.job_store import described
from chassis.leadership import while_leading
from chassis.stopping import end
from chassis.telemetry import telemetry_of
from chassis.trace import outgoing_headers

if TYPE_CHECKING:
    from chassis.runtime import Runtime

__all__ = ["Event", "Feed", "FeedReader", "FeedState", "feed_states", "skip_event"]

BATCH = 500
WAIT_SECONDS = 20.0
ANSWER_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 30.0
log = structlog.get_logger(__name__)


class SourceAway(Exception):
    """The source does not answer, or answers what cannot be read."""


class EventFailed(Exception):
    """The handler failed at this event; those before it are applied."""

    def __init__(self, event: Event, fault: Exception) -> None:
        super().__init__(f"event {event.id} ({event.type}, position {event.position}): {described(fault)}")


@dataclass(frozen=True)
class Feed:
    """What this service wants of a neighbour.

    name: of the cursor, unique in this service; source: the neighbour; types: names and prefixes (`payments.*`), None for all;
    handler: `async (tx, event) -> None`, runs inside the transaction that moves the cursor.
    """

    name: str
    source: str
    types: Sequence[str] | None
    handler: Callable[[Tx, Event], Awaitable[None]]


@dataclass
class FeedReader:
    """Follows one feed in the background; of a service's processes one at a time does."""

    runtime: "Runtime"
    feed: Feed
    wait_seconds: float = WAIT_SECONDS
    batch: int = BATCH
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)
    _complete_at: float = field(default_factory=time.monotonic, init=False)

    async def start(self) -> None:
        lock = f"{self.runtime.settings.service}/feed/{self.feed.name}"
        leading = while_leading(self.runtime.settings.direct_url, lock, self.follow)
        self._task = asyncio.create_task(leading, name=f"feed-{self.feed.name}")

    async def stop(self) -> None:
        if self._task is not None:
            await end([self._task])

    async def follow(self) -> None:
        """Pull and apply until cancelled."""
        metrics = telemetry_of(self.runtime).metrics
        self._complete_at = time.monotonic()
        metrics.feed_lag_seconds.labels(self.feed.name).set_function(lambda: time.monotonic() - self._complete_at)
        pause = FIRST_RETRY_SECONDS
        # The first answer, and the first after a failure, is wanted at once: it says that the source is there.
        wait = 0.0
        timeout = httpx.Timeout(ANSWER_SECONDS, read=self.wait_seconds + ANSWER_SECONDS)
        try:
            async with httpx.AsyncClient(timeout=timeout, trust_env=False, verify=trusted_authorities()) as client:
                while True:
                    if await self._advance(client, wait):
                        pause, wait = FIRST_RETRY_SECONDS, self.wait_seconds
                        continue
                    wait = 0.0
                    metrics.feed_failures.labels(self.feed.name).inc()
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_RETRY_SECONDS)
        finally:
            with suppress(KeyError):
                metrics.feed_lag_seconds.remove(self.feed.name)

    async def _advance(self, client: httpx.AsyncClient, wait: float) -> bool:
        """One pull and what it brought; False, with the failure recorded, if either did not go well."""
        try:
            async with self.runtime.database.engine.begin() as connection:
                position = await feed_store.cursor(connection, self.feed.name)
            events, following = await self._pull(client, position, wait)
            await self._apply_all(position, events, following)
        except Exception as fault:
            await self._record(fault)
            return False
        if len(events) < self.batch:
            self._complete_at = time.monotonic()
        return True

    async def _pull(self, client: httpx.AsyncClient, after: int, wait: float) -> tuple[list[Event], int]:
        """Events after a position and the position to go on from. Raises SourceAway."""
        base = self.runtime.settings.neighbours.get(self.feed.source)
        if base is None:
            raise SourceAway(f"no address of {self.feed.source} is set")
        query: dict[str, Any] = {"after": after, "limit": self.batch, "wait": wait}
        if self.feed.types is not None:
            query["types"] = ",".join(self.feed.types)
        token = self.runtime.signer.token(self.feed.source, ["events:read"])
        headers = {"authorization": f"Bearer {token}", **outgoing_headers()}
        try:
            answer = await client.get(f"{base.rstrip('/')}/v1/events", params=query, headers=headers)
            if answer.status_code != 200:
                raise SourceAway(f"{self.feed.source} answered {answer.status_code}")
            page = answer.json()
            return [read_cloud_event(item) for item in page["items"]], int(page["next"])
        except httpx.HTTPError as fault:
            raise SourceAway(f"{self.feed.source} does not answer: {type(fault).__name__}") from fault
        except (ValueError, KeyError, TypeError) as fault:
            raise SourceAway(
                f"{self.feed.source} answered what is no page of events: {type(fault).__name__}"
            ) from fault

    async def _apply_all(self, position: int, events: list[Event], following: int) -> None:
        """The whole batch in one transaction; if that fails, event by event up to the one that fails."""
        try:
            await self._apply(position, events, following)
            return
        except Exception:
            if not events:
                raise
        for event in events:
            try:
                await self._apply(position, [event], event.position)
            except Exception as fault:
                # The cursor stands right before the event, past those that the filter left out.
                await self._apply(position, [], event.position - 1)
                raise EventFailed(event, fault) from fault
            position = event.position
        await self._apply(position, [], following)

    async def _apply(self, position: int, events: list[Event], following: int) -> None:
        telemetry = telemetry_of(self.runtime)
        with telemetry.background(f"feed {self.feed.name}", events[0].trace if events else None):
            seed = f"feed/{self.feed.name}/{following}"
            async with self.runtime.transaction(seed=seed, trace=events[-1].trace if events else None) as tx:
                if not await feed_store.claim(tx.connection, self.feed.name, position):
                    return  # another reader was here: what this one holds is already applied
                for event in events:
                    await self.feed.handler(tx, event)
                event_at = events[-1].occurred_at if events else None
                await feed_store.move(tx.connection, self.feed.name, following, event_at, real_now())
        telemetry.metrics.feed_events.labels(self.feed.name).inc(len(events))

    async def _record(self, fault: Exception) -> None:
        log.warning("feed_stopped", feed=self.feed.name, source=self.feed.source, failure=described(fault))
        try:
            async with self.runtime.database.engine.begin() as connection:
                await feed_store.fail(connection, self.feed.name, described(fault), real_now())
        except Exception as second:
            # Our own database is away: nothing to write on, and readiness says so already.
            log.warning("feed_failure_not_recorded", feed=self.feed.name, fault=type(second).__name__)

"""Gives committed events their positions, and serves them: `GET /v1/events?after=&types=&limit=&wait=`.

Positions are given after the commit, under an advisory lock, so they are gap-free whatever commits when: a reader that has seen
position 17 has seen all that will ever stand before it. (Reading by a sequence or by time would miss what commits late.)
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import structlog
from fastapi import APIRouter, Query, Request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import Invalid
from chassis.events import cloud_event
from chassis.idempotency import LOCK_NOT_AVAILABLE
from chassis.identity import Caller, requires
from chassis.leadership import lock_key
from chassis.runtime import runtime_of
from chassis.stopping import end, on_stop_signal
from chassis.telemetry import telemetry_of
from chassis.wire import Answer

if TYPE_CHECKING:
    from chassis.runtime import Runtime

TICK_SECONDS = 0.2
IDLE_TICK_SECONDS = 1.0
BUSY_FOR_SECONDS = 10.0
NUMBERED_AT_ONCE = 5_000
LARGEST_LIMIT = 1_000
LONGEST_WAIT = 30.0
# Positions looked at in one read, so that a filter which matches nothing costs little and still moves the reader on.
SCANNED_AT_ONCE = 10_000
MOST_TYPES = 50
AWAY = (DBAPIError, OSError, PoolTimeout)
LOCK = lock_key("chassis/sequencer")
log = structlog.get_logger(__name__)

# Only when there is something to number is the lock asked for. One sequencer leaves it to another that is at it; a reader waits for that
# one to end, so that whoever has seen a story's answer finds its events too.
_LOCKED = text("SELECT pg_try_advisory_xact_lock(:lock) FROM (SELECT FROM chassis.events_new LIMIT 1) AS waiting")
_LOCKED_IN_TURN = text(
    "SELECT count(pg_advisory_xact_lock(:lock)::text) > 0 FROM (SELECT FROM chassis.events_new LIMIT 1) AS waiting"
)
# A statement of its own: its snapshot is taken under the lock, and so sees the positions given by the holder before.
_NUMBER = text(
    "WITH taken AS (DELETE FROM chassis.events_new WHERE number IN"
    " (SELECT number FROM chassis.events_new ORDER BY number LIMIT :at_once) RETURNING number, event_id),"
    " head AS (SELECT coalesce(max(position), 0) AS position FROM chassis.event_positions)"
    " INSERT INTO chassis.event_positions (position, event_id)"
    " SELECT head.position + row_number() OVER (ORDER BY taken.number), taken.event_id FROM taken CROSS JOIN head"
)
_HEAD = text("SELECT coalesce(max(position), 0) FROM chassis.event_positions")
_READ = text(
    "SELECT position.position, event.id, event.type, event.subject, event.occurred_at, event.data, event.trace"
    " FROM chassis.event_positions AS position JOIN chassis.events AS event ON event.id = position.event_id"
    " WHERE position.position > :after AND position.position <= :until"
    " AND (:everything OR event.type = ANY(:exact) OR event.type LIKE ANY(:like))"
    " ORDER BY position.position LIMIT :limit"
)


class MalformedTypes(Invalid):
    code = "malformed_types"


async def number_new_events(connection: AsyncConnection, *, in_turn: bool = False) -> int:
    """Give committed events the next positions, in the caller's transaction; answers how many (0 if another is at it).

    in_turn: wait for the other to end, at most the pool's lock timeout.
    """
    asking = _LOCKED_IN_TURN if in_turn else _LOCKED
    if not (await connection.execute(asking, {"lock": LOCK})).scalar_one_or_none():
        return 0
    return (await connection.execute(_NUMBER, {"at_once": NUMBERED_AT_ONCE})).rowcount


@dataclass(frozen=True)
class TypeFilter:
    """Event types wanted: full names, and prefixes such as `payments.*`. Nothing named: everything."""

    exact: list[str]
    like: list[str]

    @classmethod
    def read(cls, types: str | None) -> "TypeFilter":
        """From `a.b.v1,payments.*`. Raises MalformedTypes."""
        names = [name.strip() for name in (types or "").split(",") if name.strip()]
        if len(names) > MOST_TYPES or any("*" in name[:-1] or not name.rstrip("*") for name in names):
            raise MalformedTypes("types are full names or prefixes such as payments.*", field="types")
        prefixes = [name[:-1] for name in names if name.endswith("*")]
        like = [prefix.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%") + "%" for prefix in prefixes]
        return cls([name for name in names if not name.endswith("*")], like)


@dataclass
class Sequencer:
    """Numbers events in the background, and wakes those who wait for them. One a process; the advisory lock sorts them out."""

    runtime: "Runtime"
    head: int = 0
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)
    _moved: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _waiting: int = field(default=0, init=False)
    _undo: Callable[[], None] = field(default=lambda: None, init=False)
    _busy_until: float = field(default=0, init=False)
    _stopping: bool = field(default=False, init=False)

    async def start(self) -> None:
        self._stopping = False
        self.runtime.provide(self)
        self._undo = on_stop_signal(self.release)
        self._task = asyncio.create_task(self._run(), name="sequencer")

    def release(self) -> None:
        """Let those who wait answer what they have: the process is stopping."""
        self._stopping = True
        self._moved.set()

    async def stop(self) -> None:
        self.release()
        self._undo()
        if self._task is not None:
            await end([self._task])

    async def number(self, *, in_turn: bool = False) -> int:
        """Number what is committed and answer the last position given by anybody. in_turn: after another that is at it."""
        try:
            return await self._number(in_turn)
        except DBAPIError as fault:
            if getattr(fault.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            # The other takes long; what it has numbered so far is told.
            return await self._number(False)

    async def _number(self, in_turn: bool) -> int:
        async with self.runtime.database.engine.begin() as connection:
            numbered = await number_new_events(connection, in_turn=in_turn)
            head: int = (await connection.execute(_HEAD)).scalar_one()
        if numbered:
            self._busy_until = time.monotonic() + BUSY_FOR_SECONDS
            telemetry_of(self.runtime).metrics.events_numbered.inc(numbered)
        if head > self.head:
            self.head = head
            self._moved.set()
            self._moved = asyncio.Event()
        return head

    async def wait_beyond(self, position: int, seconds: float) -> None:
        """Until the head has passed a position, the time is over, or the process stops."""
        self._waiting += 1
        try:
            async with asyncio.timeout(max(seconds, 0)):
                while self.head <= position and not self._stopping:
                    await self._moved.wait()
        except TimeoutError:
            return
        finally:
            self._waiting -= 1

    @property
    def stopping(self) -> bool:
        return self._stopping

    async def _run(self) -> None:
        while True:
            try:
                await self.number()
            except AWAY as fault:
                log.warning("sequencer_waits", fault=type(fault).__name__)
                await asyncio.sleep(IDLE_TICK_SECONDS)
            busy = self._waiting or time.monotonic() < self._busy_until
            await asyncio.sleep(TICK_SECONDS if busy else IDLE_TICK_SECONDS)


def sequencer_of(runtime: "Runtime") -> Sequencer:
    """The process's sequencer; made (not started) on first use."""
    with suppress(LookupError):
        return runtime.get(Sequencer)
    sequencer = Sequencer(runtime)
    runtime.provide(sequencer)
    return sequencer


async def read_events(
    runtime: "Runtime", after: int, types: str | None = None, limit: int = 200, wait_seconds: float = 0
) -> tuple[list[dict[str, Any]], int]:
    """Events beyond a position as CloudEvents, and the position to ask from next.

    Waits up to wait_seconds for a first one. The next position also moves past events that the filter left out.
    """
    sequencer = sequencer_of(runtime)
    wanted = TypeFilter.read(types)
    deadline = time.monotonic() + wait_seconds
    while True:
        head = await sequencer.number(in_turn=True)
        items, after = await _read(runtime, after, head, wanted, limit)
        left = deadline - time.monotonic()
        if items or left <= 0 or sequencer.stopping:
            return items, after
        # Wakes early enough to number by itself where no background sequencer runs.
        await sequencer.wait_beyond(head, min(left, IDLE_TICK_SECONDS))


async def _read(
    runtime: "Runtime", after: int, head: int, wanted: TypeFilter, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """The first events of the filter between `after` and `head`, and how far was looked."""
    everything = not wanted.exact and not wanted.like
    async with runtime.reading() as connection:
        while after < head:
            until = min(head, after + SCANNED_AT_ONCE)
            facts = {"after": after, "until": until, "everything": everything, "limit": limit}
            rows = (await connection.execute(_READ, facts | {"exact": wanted.exact, "like": wanted.like})).all()
            if rows:
                source = runtime.settings.service
                items = [cloud_event(source, row) for row in rows]
                return items, rows[-1].position if len(rows) == limit else until
            after = until
    return [], after


class EventPage(Answer):
    """items: CloudEvents 1.0 (JSON) with their `position`; next: the `after` to ask with next, also when there are none."""

    items: list[dict[str, Any]]
    next: int


router = APIRouter(tags=["events"])


@router.get("/v1/events", response_model=EventPage)
async def events(
    request: Request,
    caller: Annotated[Caller, requires("events:read")],
    after: Annotated[int, Query(ge=0, le=2**62, description="position last seen; 0 from the beginning")] = 0,
    types: Annotated[str | None, Query(max_length=2000, description="comma separated; payments.* is a prefix")] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = 200,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for a first event")] = 0,
) -> EventPage:
    """What happened here, in an order that never changes and has no gaps."""
    items, position = await read_events(runtime_of(request), after, types, limit, wait)
    return EventPage(items=items, next=position)

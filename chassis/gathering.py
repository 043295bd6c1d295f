"""Keyed writes that gather: requests of many callers, each under its own Idempotency-Key, decided and committed together.

Only what is asked for the first time and succeeds is written here, and answered once it is committed. All else (a key that was used
before, a refusal, anything unusual) is left to the route's ordinary way (`chassis.commands`), which explains; nothing of it is written.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from chassis.clock import real_now, told_by
from chassis.commands import RETRIED, UNIQUE_VIOLATION, Busy, retried
from chassis.direct import Direct, KeptConnection
from chassis.events import WRITE, EventSink, columns_of
from chassis.idempotency import Claim
from chassis.identity import Caller
from chassis.ids import IdSource
from chassis.lanes import Lane
from chassis.quick import Left, Shaped
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.telemetry import telemetry_of

Wanted = TypeVar("Wanted")
AGAIN = RETRIED | {UNIQUE_VIOLATION}
"""A key or a number that another process used in between is seen by the next attempt."""

# What the keys were used for already, and the business clock, in one trip.
_USED = """SELECT wanted.place, clock.business_at, clock.real_at, clock.frozen
FROM (SELECT) AS always LEFT JOIN chassis.clock AS clock ON true LEFT JOIN (
    SELECT wanted.place FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS wanted(caller, operation, key, place)
    JOIN chassis.idempotency_keys AS used USING (caller, operation, key)
) AS wanted ON true"""
_KEEP = """INSERT INTO chassis.idempotency_keys (caller, operation, key, body_hash, claimed_at, status, answer, record_id)
SELECT caller, operation, key, body_hash, $5, status, answer::jsonb, record_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $6::smallint[], $7::text[], $8::uuid[])
    AS made(caller, operation, key, body_hash, status, answer, record_id)"""


@dataclass(frozen=True)
class Keyed(Generic[Wanted]):
    """One request: who asks, under which key, for what. trace: of the request."""

    caller: Caller
    claim: Claim
    wanted: Wanted
    trace: str | None = None


@dataclass(frozen=True)
class Made:
    """An answer that stands. document: JSON."""

    status: int
    document: bytes
    record_id: UUID


@dataclass
class Gathering:
    """The one transaction of a batch. now() is asked after the locks that order what is written."""

    direct: Direct
    settings: Settings
    clock: tuple[datetime, datetime, bool] | None
    events: list[EventSink] = field(default_factory=list)

    def now(self) -> datetime:
        return real_now() if self.clock is None or not self.settings.test_mode else told_by(*self.clock)

    def ids(self, now: datetime, asked: Keyed[Any]) -> IdSource:
        """The ids that the ordinary way would give."""
        return IdSource(now, asked.claim.seed if self.settings.test_mode else None)

    def sink(self, now: datetime, ids: IdSource | None = None) -> EventSink:
        """Where a part of the batch tells its events; written in the order of the sinks."""
        sink = EventSink(now, ids or IdSource(now))
        self.events.append(sink)
        return sink


Story = Callable[[Gathering, Sequence[Keyed[Any]]], Awaitable[Sequence[Made | None]]]
"""Decides and writes; None for what is left to the ordinary way."""


class KeyedLane:
    """One process's lane of keyed writes, with a connection of its own on the direct address."""

    def __init__(self, runtime: Runtime, name: str, story: Story, *, largest_batch: int = 256) -> None:
        self._settings = runtime.settings
        self._story = story
        self._connection = KeptConnection(replace(runtime.settings, database_url=runtime.settings.direct_url))
        sizes = telemetry_of(runtime).metrics.lane_batch_size.labels(name)
        self.lane: Lane[Keyed[Any], Made | None] = Lane(
            self._commit, largest_batch=largest_batch, on_batch=sizes.observe
        )

    async def close(self) -> None:
        await self.lane.close()
        await self._connection.close()

    async def _commit(self, asked: Sequence[Keyed[Any]]) -> Sequence[Made | None]:
        try:
            return await retried(lambda: self._once(asked), AGAIN)
        except Busy:
            # One of them asks for what somebody holds. Whose fault it is, only each by itself can tell.
            return [None] * len(asked)

    async def _once(self, asked: Sequence[Keyed[Any]]) -> Sequence[Made | None]:
        async with self._connection.transaction(self.lane.more) as direct:
            columns = _claims(asked)
            rows = await direct.fetch(_USED, *columns[:3])
            used = {row[0] - 1 for row in rows if row[0] is not None} | _repeated(asked)
            clock = rows[0][1:] if rows[0][1] is not None else None
            batch = Gathering(direct, self._settings, clock)  # type: ignore[arg-type]
            fresh = [number for number in range(len(asked)) if number not in used]
            outcomes: list[Made | None] = [None] * len(asked)
            if fresh:
                made = await self._story(batch, [asked[number] for number in fresh])
                for number, outcome in zip(fresh, made, strict=True):
                    outcomes[number] = outcome
                await _write(batch, asked, outcomes)
        return outcomes


def answered(outcome: Made | None) -> Shaped:
    """The shape of a quick route. Raises Left."""
    if outcome is None:
        raise Left
    return outcome.status, outcome.document


def _claims(asked: Sequence[Keyed[Any]]) -> tuple[list[Any], ...]:
    claims = [one.claim for one in asked]
    return (
        [claim.caller for claim in claims],
        [claim.operation for claim in claims],
        [claim.key for claim in claims],
        [claim.body_hash for claim in claims],
    )


def _repeated(asked: Sequence[Keyed[Any]]) -> set[int]:
    """All but the first of those that came under one key within the batch."""
    seen: set[tuple[str, str, str]] = set()
    again = set()
    for number, one in enumerate(asked):
        key = (one.claim.caller, one.claim.operation, one.claim.key)
        if key in seen:
            again.add(number)
        seen.add(key)
    return again


async def _write(batch: Gathering, asked: Sequence[Keyed[Any]], outcomes: Sequence[Made | None]) -> None:
    """What the story told, and the answers under their keys."""
    events = [event for sink in batch.events for event in sink.take()]
    if events:
        await batch.direct.fetch(WRITE, *columns_of(events))
    kept = [(one, outcome) for one, outcome in zip(asked, outcomes, strict=True) if outcome is not None]
    if kept:
        made = [outcome for _, outcome in kept]
        await batch.direct.fetch(
            _KEEP,
            *_claims([one for one, _ in kept]),
            real_now(),
            [outcome.status for outcome in made],
            [outcome.document.decode() for outcome in made],
            [outcome.record_id for outcome in made],
        )

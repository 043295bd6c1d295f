"""Cursors of feeds: how far each has come, when it last went well, why it stands still."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import NotFound

# A reader that waits for news at its source reports every 20 seconds; one that has not for this long does not run.
SILENT_AFTER = timedelta(seconds=90)

_NEW = text("INSERT INTO chassis.feed_cursors (name) VALUES (:name) ON CONFLICT (name) DO NOTHING")
_CURSOR = text("SELECT position FROM chassis.feed_cursors WHERE name = :name")
_CLAIM = text("SELECT position FROM chassis.feed_cursors WHERE name = :name FOR UPDATE")
_MOVE = text(
    "UPDATE chassis.feed_cursors SET position = :position, event_at = coalesce(:event_at, event_at), succeeded_at = :now"
    " WHERE name = :name"
)
_FAIL = text("UPDATE chassis.feed_cursors SET failed_at = :now, failure = :failure WHERE name = :name")
_STATES = text(
    "SELECT name, position, event_at, succeeded_at, failed_at, failure FROM chassis.feed_cursors ORDER BY name"
)
_SKIP = text(
    "INSERT INTO chassis.feed_events_skipped (feed, position, failure, skipped_by, skipped_at)"
    " VALUES (:feed, :position, :failure, :skipped_by, :skipped_at)"
)


class UnknownFeed(NotFound):
    code = "unknown_feed"


@dataclass(frozen=True)
class FeedState:
    """position: last applied; event_at: business time of the last event applied; the other instants are real time.

    degraded: it stands still, or nobody reads it; what rests on it may be out of date.
    """

    name: str
    position: int
    event_at: datetime | None
    succeeded_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    degraded: bool


async def feed_states(connection: AsyncConnection, now: datetime) -> list[FeedState]:
    """Every feed this service has begun to follow. now: real time."""
    rows = (await connection.execute(_STATES)).mappings()
    return [FeedState(**row, degraded=_degraded(row["succeeded_at"], row["failed_at"], now)) for row in rows]


async def skip_event(connection: AsyncConnection, feed: str, skipped_by: str, now: datetime) -> int:
    """Pass over the position at which a feed stands still, on record; answers that position. Raises UnknownFeed."""
    row = (await connection.execute(_CLAIM, {"name": feed})).one_or_none()
    states = [state for state in await feed_states(connection, now) if state.name == feed]
    if row is None or not states:
        raise UnknownFeed("no feed of that name is followed here", field="name")
    position: int = row.position + 1
    facts = {"feed": feed, "position": position, "failure": states[0].failure}
    await connection.execute(_SKIP, facts | {"skipped_by": skipped_by, "skipped_at": now})
    await move(connection, feed, position, None, now)
    return position


async def cursor(connection: AsyncConnection, name: str) -> int:
    """The last position applied; 0 for a feed that begins."""
    found = (await connection.execute(_CURSOR, {"name": name})).scalar_one_or_none()
    if found is None:
        await connection.execute(_NEW, {"name": name})
    return found or 0


async def claim(connection: AsyncConnection, name: str, position: int) -> bool:
    """Lock the cursor; False if it does not stand where the caller read it."""
    found: int | None = (await connection.execute(_CLAIM, {"name": name})).scalar_one_or_none()
    return found == position


async def move(connection: AsyncConnection, name: str, position: int, event_at: datetime | None, now: datetime) -> None:
    await connection.execute(_MOVE, {"name": name, "position": position, "event_at": event_at, "now": now})


async def fail(connection: AsyncConnection, name: str, failure: str, now: datetime) -> None:
    await connection.execute(_FAIL, {"name": name, "failure": failure, "now": now})


def _degraded(succeeded_at: datetime | None, failed_at: datetime | None, now: datetime) -> bool:
    if succeeded_at is None or (failed_at is not None and failed_at > succeeded_at):
        return True
    return now - succeeded_at > SILENT_AFTER

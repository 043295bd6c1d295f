"""The connection pool and the one transaction a story runs in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg
from sqlalchemy import MetaData, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis.clock import business_day, business_now
from chassis.events import EventSink, write_events
from chassis.ids import IdSource
from chassis.jobs import JobSink, write_jobs
from chassis.settings import Settings, UnsafeSetting

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
STATEMENT_TIMEOUT_MS = 30_000
IDLE_IN_TRANSACTION_MS = 30_000
LOCK_TIMEOUT_MS = 2_000
CONNECT_SECONDS = 5
POOL_SECONDS = 5
GIVING_BACK_LOOKS = 100
# Above the server's own time-out: what is left then is a connection that has died without a word.
COMMAND_SECONDS = STATEMENT_TIMEOUT_MS / 1000 + 5
# Classes of SQLSTATE that pass by themselves: connection lost, too few resources, server stopping or starting.
_PASSING = ("08", "53", "57")
# Data that does not fit, and constraints that do not hold.
_CONTRADICTING = ("22", "23")
_SUPERUSER = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")


def new_metadata() -> MetaData:
    """The one MetaData of a service; every constraint gets a predictable name."""
    return MetaData(naming_convention=NAMING)


def async_url(url: str) -> str:
    """A plain `postgresql://` address as SQLAlchemy's asyncpg dialect wants it."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


@dataclass
class Tx:
    """What an action is given: one open transaction and what is recorded with it.

    now: business time in UTC, read when the transaction began. The frame commits; an action never does.
    said: headers of ours (`sifang-…`) that the request carried, by lower-case name; none for jobs.
    """

    connection: AsyncConnection
    now: datetime
    ids: IdSource
    settings: Settings
    events: EventSink
    jobs: JobSink
    trace: str | None = None
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return business_day(self.now, self.settings.zone)


@dataclass
class Database:
    """One pool to the service's database."""

    settings: Settings
    engine: AsyncEngine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = create_async_engine(
            async_url(self.settings.database_url),
            pool_size=self.settings.pool_size,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            # Of many connections a few do most of the work, and know its statements already.
            pool_use_lifo=True,
            connect_args={"async_creator_fn": connect, **connection_arguments(self.settings)},
        )
        event.listen(self.engine.sync_engine, "checkout", _replace_closed)

    async def close(self) -> None:
        """What a cancelled request is still giving back is waited for, a second at most: the pool does not close what is out."""
        for _ in range(GIVING_BACK_LOOKS):
            if not self.engine.pool.checkedout():  # type: ignore[attr-defined]
                break
            await asyncio.sleep(0.01)
        await self.engine.dispose()

    async def refuse_superuser(self) -> None:
        """Raises UnsafeSetting for a role to which no privilege of the tables means anything."""
        async with self.reading() as connection:
            if (await connection.execute(_SUPERUSER)).scalar_one():
                raise UnsafeSetting(f"{self.settings.service} would run as a superuser of its database server")

    @asynccontextmanager
    async def transaction(self, *, seed: str | None = None, trace: str | None = None) -> AsyncIterator[Tx]:
        """Commits at the end of the block, with its events and jobs; rolls everything back if it raises."""
        async with self.engine.begin() as connection:
            tx = await self.begin(connection, seed=seed, trace=trace)
            yield tx
            await flush(tx)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for queries, all of which see the one state that the first of them saw; it writes and locks nothing."""
        async with self.engine.connect() as connection:
            # Else an answer made of several queries tells of figures that rest on an event it says it has not heard of.
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    async def begin(self, connection: AsyncConnection, *, seed: str | None = None, trace: str | None = None) -> Tx:
        """A Tx on a connection whose transaction the caller ends (the frame, and tests that roll back)."""
        now = await business_now(connection, settable=self.settings.test_mode)
        ids = IdSource(now, seed if self.settings.test_mode else None)
        return Tx(connection, now, ids, self.settings, EventSink(now, ids, trace), JobSink(), trace)

    async def now(self) -> datetime:
        async with self.reading() as connection:
            return await business_now(connection, settable=self.settings.test_mode)


def is_away(fault: BaseException) -> bool:
    """The database does not answer, or no connection to it is free: a passing state, and no fault of the statement."""
    if isinstance(fault, DBAPIError):
        sqlstate = getattr(fault.orig, "sqlstate", None) or ""
        return fault.connection_invalidated or sqlstate[:2] in _PASSING
    return isinstance(fault, (PoolTimeout, ConnectionError, TimeoutError))


def was_cut_short(fault: BaseException) -> bool:
    """A single statement that waited or worked for too long: the database is there all the same."""
    return isinstance(fault, DBAPIError) and getattr(fault.orig, "sqlstate", None) == "57014"


def is_contradiction(fault: BaseException) -> bool:
    """A constraint, a type's range or an assertion of ours that does not hold: the same facts fail again."""
    sqlstate = getattr(fault.orig, "sqlstate", None) if isinstance(fault, DBAPIError) else None
    return isinstance(fault, AssertionError) or (sqlstate or "")[:2] in _CONTRADICTING


def connection_arguments(settings: Settings) -> dict[str, Any]:
    """What every connection of a service is opened with: its name, UTC, and an end to every wait."""
    return {
        "timeout": CONNECT_SECONDS,
        "command_timeout": COMMAND_SECONDS,
        "server_settings": {
            "application_name": f"sifang-{settings.service}",
            "timezone": "UTC",
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        },
    }


async def connect(*arguments: Any, **settings: Any) -> Any:
    """A new connection. Raises ConnectionError, whatever stands in the way: address, time, password, a server that starts."""
    try:
        return await asyncpg.connect(*arguments, **settings)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise ConnectionError(f"no connection to the database: {type(fault).__name__}") from fault


def _replace_closed(_: Any, record: Any, __: Any) -> None:
    """A pooled connection that the server has closed is replaced. Asking the server each time would cost three round trips."""
    if record.driver_connection.is_closed():
        raise DisconnectionError


async def flush(tx: Tx) -> None:
    """Write what the story recorded on the side. Called once, just before commit."""
    await write_events(tx.connection, tx.events.take())
    await write_jobs(tx.connection, tx.jobs.take())

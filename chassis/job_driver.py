"""The durable queue's tables, and how its library is given our connections."""

import asyncio
from typing import Any, Self

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.ports.driver import Driver, NotifyCallback
from sqlalchemy.ext.asyncio import AsyncConnection

SCHEMA = "jobs"
CONNECT_SECONDS = 5
# A query of the queue that takes longer stands on a dead connection: the loop is then started again on a new one.
QUERY_SECONDS = 20

# The library's log and statistics are for looking at; losing them in a crash costs nothing.
_SETTINGS = DBSettings(db_schema=SCHEMA, durability=Durability.balanced)

_STARTS = f"""CREATE TABLE {SCHEMA}.starts (
    job_id bigint NOT NULL PRIMARY KEY REFERENCES {SCHEMA}.pgqueuer (id) ON DELETE CASCADE,
    starts integer NOT NULL CONSTRAINT ck_starts_positive CHECK (starts > 0),
    started_at timestamp with time zone NOT NULL,
    failure text
)"""


def job_schema_statements() -> list[str]:
    """The queue's tables in schema `jobs` (which must exist), one statement an entry, for a migration to execute.

    The library's trigger is left out: it NOTIFYs on every enqueue, NOTIFY serialises commits across the whole server, and a
    queue that polls twice a second needs no waking.
    """
    script = QueryBuilderEnvironment(_SETTINGS).build_install_query(create_schema=False)
    tables, _, _ = script.partition("CREATE FUNCTION")
    statements = [part.strip() for part in tables.split(";") if "CREATE" in part]
    return [*statements, _STARTS]


class TransactionDriver(Driver):
    """Lets the queue's library write inside a SQLAlchemy transaction.

    Through the raw driver connection a first statement would run outside the transaction that SQLAlchemy has yet to begin.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._shutdown = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        rows = await self._connection.exec_driver_sql(query, args)
        return [dict(row) for row in rows.mappings()]

    async def execute(self, query: str, *args: object) -> str:
        await self._connection.exec_driver_sql(query, args)
        return ""

    async def notify(self, channel: str, payload: str) -> None:
        raise NotImplementedError

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        raise NotImplementedError

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...


def queries(driver: Driver) -> Queries:
    """The library's statements, on our schema."""
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(_SETTINGS),
        qbq=QueryQueueBuilder(_SETTINGS),
        qbs=QuerySchedulerBuilder(_SETTINGS),
    )


async def connect(direct_url: str, name: str) -> "asyncpg.Connection[Any]":
    """A connection of our own, past any transaction pooler. name: how the server lists it."""
    return await asyncpg.connect(
        direct_url,
        timeout=CONNECT_SECONDS,
        command_timeout=QUERY_SECONDS,
        server_settings={"application_name": name, "timezone": "UTC"},
    )


def loop_driver(connection: "asyncpg.Connection[Any]") -> AsyncpgDriver:
    return AsyncpgDriver(connection)

"""Statements past SQLAlchemy, for the few that are asked thousands of times a second: asyncpg's own, and its binary COPY.

On a story's connection they are part of the story's transaction (`direct_of`); a lane keeps a connection of its own (`KeptConnection`).
Faults are those that SQLAlchemy would have raised, so that who catches them need not know the way a statement went.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg
import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import connect, connection_arguments
from chassis.settings import Settings

Row = Sequence[Any]
CLOSING_SECONDS = 5


class Direct:
    """A connection on which a transaction is open. Raises DBAPIError for what the server refuses, ConnectionError when it is gone."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def fetch(self, statement: str, *values: Any) -> list[Row]:
        """All rows of a statement, which is prepared once a connection. Rows may be unpacked and read by place."""
        with _as_told(statement):
            rows: list[Row] = await self._driver.fetch(statement, *values)
            return rows

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        with _as_told(f"COPY {table}"):
            await self._driver.copy_records_to_table(table, records=rows, columns=columns)


async def direct_of(connection: AsyncConnection) -> Direct:
    """The way past SQLAlchemy within its transaction."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not driver.is_in_transaction():
        # SQLAlchemy begins a transaction with the first statement that it sees, and would not see ours.
        await connection.exec_driver_sql("SELECT")
    return Direct(driver)


class KeptConnection:
    """A connection of one's own, opened when it is first needed and again after it was lost. For one transaction at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._driver: Any = None
        self._begun = False

    @asynccontextmanager
    async def transaction(self, more: Callable[[], bool] = lambda: False) -> AsyncIterator[Direct]:
        """Commits at the end of the block; takes everything back if it raises.

        more: asked at the end, whether the next transaction is about to follow; it is then begun in the same trip.
        """
        if self._driver is None or self._driver.is_closed():
            self._driver, self._begun = await _connected(self._settings), False
        driver = self._driver
        try:
            if not self._begun:
                with _as_told("BEGIN"):
                    await driver.execute("BEGIN")
            yield Direct(driver)
            self._begun = more()
            with _as_told("COMMIT"):
                if await driver.execute("COMMIT AND CHAIN" if self._begun else "COMMIT") != "COMMIT":
                    raise ConnectionError("a statement before had failed: everything was taken back")
        except BaseException:
            await self._take_back()
            raise

    async def _take_back(self) -> None:
        """What cannot be rolled back in order ends with its connection, and the server takes it back."""
        driver, self._driver, self._begun = self._driver, None, False
        try:
            with suppress(Exception):  # of one that the server is closing the driver says all kinds of things
                if driver.is_in_transaction():
                    await driver.execute("ROLLBACK")
                self._driver = driver
        finally:
            if self._driver is None:
                driver.terminate()

    async def close(self) -> None:
        if self._driver is not None:
            await self._driver.close(timeout=CLOSING_SECONDS)


async def _connected(settings: Settings) -> Any:
    """jsonb goes in as text and comes out decoded, as on SQLAlchemy's connections."""
    driver = await connect(settings.database_url, **connection_arguments(settings))
    try:
        with _as_told("jsonb"):
            await driver.set_type_codec(
                "jsonb", schema="pg_catalog", format="binary", encoder=_jsonb, decoder=_from_jsonb
            )
    except BaseException:
        driver.terminate()
        raise
    return driver


def _jsonb(text: str) -> bytes:
    """On the wire the version of the format stands first."""
    return b"\x01" + text.encode()


def _from_jsonb(value: bytes) -> Any:
    return msgspec.json.decode(value[1:])


@contextmanager
def _as_told(statement: str) -> Iterator[None]:
    try:
        yield
    except asyncpg.PostgresError as fault:
        raise DBAPIError(statement, None, fault) from fault
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as fault:
        if isinstance(fault, ValueError):  # a value that cannot be sent: nothing is wrong with the connection
            raise DBAPIError(statement, None, fault) from fault
        raise ConnectionError("the connection to the database was lost") from fault

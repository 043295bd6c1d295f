"""Pools that outlast the services of a test, on one loop that outlasts the tests.

A new connection reads the server's catalogue anew and has each statement prepared again, and a new pool compiles each of them again:
together that took longer than what the statements do. What a service gives back with nothing in use goes to the next one that asks for
the same; everything else is closed as outside of tests.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from chassis import direct, stopping
from chassis.database import Database, connection_arguments
from chassis.settings import Settings

MOST_IDLE = 2
"""Pools of one kind that nobody uses: a service of two processes has as many."""

FORGET_PLANS = "DISCARD PLANS"
"""A plan of tables that held next to nothing would be kept for those of the next test: 25,000 rows were then looked for one by one."""


class Pools:
    """The idle pools of a worker, by address and settings. kept: how the names of the databases end that a later test asks for again."""

    def __init__(self, kept: str) -> None:
        self._kept = kept
        self._idle: dict[str, list[AsyncEngine]] = defaultdict(list)
        self._made_with: WeakKeyDictionary[AsyncEngine, str] = WeakKeyDictionary()
        self._close = Database.close
        self._drivers: dict[str, list[Any]] = defaultdict(list)
        self._connect = direct._connected

    def begin(self, patch: pytest.MonkeyPatch) -> None:
        pools = self

        async def close(database: Database) -> None:
            await pools._given_back(database)

        patch.setattr("chassis.database.create_async_engine", self._made_or_idle)
        patch.setattr(Database, "close", close)

        async def close_lane(kept: direct.KeptConnection) -> None:
            await pools._lane_closed(kept)

        patch.setattr("chassis.direct._connected", self._connected)
        patch.setattr(direct.KeptConnection, "close", close_lane)

    async def end(self) -> None:
        for engines in self._idle.values():
            for engine in engines:
                await engine.dispose()
        self._idle.clear()
        for drivers in self._drivers.values():
            for driver in drivers:
                driver.terminate()
        self._drivers.clear()

    def _made_or_idle(self, url: str, **settings: Any) -> AsyncEngine:
        made_with = repr((url, sorted(settings.items())))
        if self._idle[made_with]:
            return self._idle[made_with].pop()
        engine = create_async_engine(url, **settings)
        if url.endswith(self._kept):
            self._made_with[engine] = made_with
        return engine

    async def _given_back(self, database: Database) -> None:
        engine = database.engine
        idle = self._idle[self._made_with.get(engine, "")]
        if engine in idle:
            return
        # What a test listens to is its own.
        listened_to = engine.sync_engine._has_events
        if engine not in self._made_with or listened_to or len(idle) >= MOST_IDLE or not await _at_rest(engine):
            await self._close(database)
        else:
            try:
                await _forget_plans(engine)
            except (DBAPIError, OSError):  # the test has cut its connections
                await self._close(database)
            else:
                idle.append(engine)

    async def _connected(self, settings: Settings) -> Any:
        """The connection of a lane."""
        idle = self._drivers[_lane(settings)]
        while idle:
            if not (driver := idle.pop()).is_closed():
                return driver
        return await self._connect(settings)

    async def _lane_closed(self, kept: direct.KeptConnection) -> None:
        driver, kept._driver = kept._driver, None
        if driver is None or driver.is_closed():
            return
        idle = self._drivers[_lane(kept._settings)]
        keeps = kept._settings.database_url.endswith(self._kept) and len(idle) < MOST_IDLE
        if keeps and not driver.is_in_transaction():
            try:
                await driver.execute(FORGET_PLANS)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):  # the test has cut it
                driver.terminate()
            else:
                idle.append(driver)
        else:
            await driver.close(timeout=direct.CLOSING_SECONDS)


def _lane(settings: Settings) -> str:
    return repr((settings.database_url, connection_arguments(settings)))


async def _forget_plans(engine: AsyncEngine) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(engine.pool.checkedin()):  # type: ignore[attr-defined]
            connection = await stack.enter_async_context(engine.connect())
            await connection.exec_driver_sql(FORGET_PLANS)


async def _at_rest(engine: AsyncEngine) -> bool:
    """Whether nothing is in use, or is given back within a second."""
    for _ in range(100):
        if not engine.pool.checkedout():  # type: ignore[attr-defined]
            return True
        await asyncio.sleep(0.01)
    return False


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Tasks begun in the block end with it, as they would with a loop of its own."""
    before = asyncio.all_tasks()
    try:
        yield
    finally:
        left = asyncio.all_tasks() - before
        # What waits for this very block: the runner has a task for each step of a test.
        await stopping.end(task for task in left if "_call_in_runner_task" not in str(task.get_coro()))

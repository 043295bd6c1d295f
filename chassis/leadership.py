"""Work that only one process of a service does at a time: periodic work, reading a neighbour's feed.

The leader holds an advisory lock on a connection of its own, on which it says something every few seconds. When that connection is lost
the lock is another's to take, so the work is stopped first and begun again only once the lock is held again.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from chassis.job_driver import connect

RETRY_SECONDS = 1.0
CHECK_SECONDS = 5.0
SILENCE_SECONDS = 20.0
"""After which the server takes the lock from a leader that stands still, or whose machine is gone without a word."""
LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
log = structlog.get_logger(__name__)


def lock_key(name: str) -> int:
    """An advisory lock's number for a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


async def while_leading(direct_url: str, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` whenever this process leads `name`, until cancelled. `work` runs until cancelled, too."""
    while True:
        try:
            await _lead_once(direct_url, name, work)
        except LOST as fault:
            log.warning("leadership_interrupted", lock=name, fault=type(fault).__name__)
        await asyncio.sleep(RETRY_SECONDS)


async def _lead_once(direct_url: str, name: str, work: Callable[[], Awaitable[None]]) -> None:
    connection = await connect(direct_url, f"sifang-lead-{name}")
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    try:
        await connection.execute(f"SET idle_session_timeout = '{SILENCE_SECONDS * 1000:.0f}ms'")
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock_key(name)):  # noqa: ASYNC110
            await asyncio.sleep(RETRY_SECONDS)
        await _work_until_lost(connection, lost, work)
    finally:
        # Closing gives the lock up; a connection that does not even close is cut.
        try:
            await connection.close(timeout=1)
        except LOST:
            connection.terminate()


async def _work_until_lost(
    connection: "asyncpg.Connection[asyncpg.Record]", lost: asyncio.Event, work: Callable[[], Awaitable[None]]
) -> None:
    working = asyncio.ensure_future(work())
    watching = asyncio.create_task(_watch(connection, lost))
    try:
        done, _ = await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _watch(connection: "asyncpg.Connection[asyncpg.Record]", lost: asyncio.Event) -> None:
    """Returns or raises when the lock's connection is gone."""
    while not lost.is_set():
        await connection.execute("SELECT 1")
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await lost.wait()
        except TimeoutError:
            continue

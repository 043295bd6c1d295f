"""The audit, with a row changed behind the service's back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database import async_url
from chassis.provision import in_database
from services.p2p.verification import accounting_queries, borrower_queries
from services.p2p.verification.checks import PATIENCE, run
from tests.serving import Served


async def books_failed_when(lending: Served, admin_url: str, statement: str) -> dict[str, tuple[str, ...]]:
    """Checks of the books that fail with a row changed as nobody with the service's own role could, and what they name."""
    database = lending.runtime.settings.database_url.rpartition("/")[2]
    engine = create_async_engine(async_url(in_database(admin_url, database)), poolclass=NullPool)
    async with engine.connect() as connection:
        assert (await connection.execute(text(statement))).rowcount, statement
        found = await accounting_queries.checks(connection, lending.runtime.settings.zone)
        await connection.rollback()
    return {check.name: check.offending for check in found if check.offending}


async def failed_when(lending: Served, admin_url: str, statement: str) -> set[str]:
    """Checks of applications that fail with a row changed as nobody with the service's own role could; it is changed back at once."""
    async with changed(lending, admin_url, statement) as connection:
        looked = await borrower_queries.checks(connection, await lending.runtime.database.now() - PATIENCE)
    return {name for name, (_, offending) in looked.items() if offending}


async def all_failed_when(lending: Served, admin_url: str, statement: str) -> set[str]:
    """All checks that fail with a row changed so."""
    async with changed(lending, admin_url, statement) as connection:
        report = await run(connection, await lending.runtime.database.now(), [])
    return {check.name for check in report if check.offending}


@asynccontextmanager
async def changed(lending: Served, admin_url: str, statement: str) -> AsyncIterator[AsyncConnection]:
    database = lending.runtime.settings.database_url.rpartition("/")[2]
    engine = create_async_engine(async_url(in_database(admin_url, database)), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(statement))
        yield connection
        await connection.rollback()

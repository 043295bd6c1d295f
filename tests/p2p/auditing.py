"""The audit of applications, papers and commissions, with a row changed behind the service's back."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database import async_url
from chassis.provision import in_database
from services.p2p.verification import accounting_queries, borrower_queries
from services.p2p.verification.checks import PATIENCE
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
    database = lending.runtime.settings.database_url.rpartition("/")[2]
    engine = create_async_engine(async_url(in_database(admin_url, database)), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(statement))
        looked = await borrower_queries.checks(connection, await lending.runtime.database.now() - PATIENCE)
        await connection.rollback()
    return {name for name, (_, offending) in looked.items() if offending}

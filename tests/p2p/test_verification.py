"""The audit of p2p can name whatever it finds."""

from datetime import timedelta

from services.p2p.verification import borrower_queries, checks, collections_queries, queries
from tests.conftest import MakeRuntime


async def test_every_check_knows_what_its_ids_are_of(make_runtime: MakeRuntime) -> None:
    """Else the audit fails where it should tell."""
    runtime = await make_runtime("p2p")
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        looked = await queries.checks(connection) | await queries.past_deadline(connection, now)
        looked |= await collections_queries.checks(connection)
        looked |= await borrower_queries.checks(connection, now - timedelta(minutes=5))
    assert set(looked) <= set(checks.PREFIXES)

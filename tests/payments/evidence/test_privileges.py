"""Evidence is added to and never edited: the service's own role may not, whatever its code says."""

import asyncpg
import pytest

from tests.conftest import DatabaseUrls

FORBIDDEN = [
    "DELETE FROM evidence_links",
    "DELETE FROM evidence_pins",
    "DELETE FROM evidence_progress",
    "DELETE FROM ledger_reversals",
    "TRUNCATE evidence_links",
    "TRUNCATE evidence_pins",
    "TRUNCATE evidence_progress",
    "TRUNCATE ledger_reversals",
    "UPDATE evidence_links SET root = hash",
    "UPDATE evidence_pins SET root = ''",
    "UPDATE ledger_reversals SET rest = 0",
    "INSERT INTO evidence_progress VALUES (false, 0)",
    "ALTER TABLE evidence_links DROP COLUMN hash",
    "DROP TABLE evidence_links",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_service_may_not(database_urls: DatabaseUrls, statement: str) -> None:
    url, _ = await database_urls("payments")
    connection = await asyncpg.connect(url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()

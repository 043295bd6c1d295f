"""History is added to and never edited: the service's own role may not, whatever its code says."""

import asyncpg
import pytest

from tests.conftest import DatabaseUrls

FORBIDDEN = [
    "UPDATE ledger_transfers SET amount = amount + 1",
    "DELETE FROM ledger_transfers",
    "TRUNCATE ledger_transfers",
    "UPDATE ledger_transfer_keys SET number = number + 1",
    "DELETE FROM ledger_transfer_keys",
    "TRUNCATE ledger_transfer_keys",
    "DELETE FROM ledger_accounts",
    "DELETE FROM ledger_holds",
    "UPDATE ledger_refusals SET code = 'x'",
    "UPDATE ledger_account_steps SET reason = 'x'",
    "UPDATE postings SET amount = 1",
    "DELETE FROM posting_legs",
    "UPDATE purposes SET allowed = '[]'",
    "DELETE FROM purses",
    "UPDATE units SET subsidy = 1",
    "UPDATE unit_movements SET height = 1",
    "UPDATE chassis.events SET data = '{}'",
    "ALTER TABLE ledger_transfers ADD COLUMN note text",
    "DROP TABLE ledger_transfers",
]


async def test_the_service_may_not(database_urls: DatabaseUrls) -> None:
    url, _ = await database_urls("payments")
    connection = await asyncpg.connect(url)
    try:
        for statement in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()

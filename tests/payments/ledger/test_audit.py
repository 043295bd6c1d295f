"""The audit can fail: a row damaged behind the service's back is found and named."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from chassis.ids import decode
from chassis.provision import in_database
from tests.conftest import Serve
from tests.databases import Databases
from tests.payments.ledger.book import Book, transfer_id
from tests.serving import Served

DAMAGE = {
    "sums_follow_from_transfers": "UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE id = $1",
    "history_ends_at_the_balance": "UPDATE ledger_transfers SET debited_debits_posted = 7 WHERE debit_account_id = $1",
    "ledger_balances": "UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE id = $1",
    "transfers_join_two_accounts": "UPDATE ledger_transfers SET currency = 'USD' WHERE credit_account_id = $1",
    "keys_lead_to_their_transfers": (
        "DELETE FROM ledger_transfer_keys AS key USING ledger_transfers AS one WHERE key.id = one.id AND one.debit_account_id = $1"
    ),
    "holds_follow_from_transfers": "UPDATE ledger_holds SET state = 1 WHERE debit_account_id = $1",
    "settlements_are_of_their_holds": "UPDATE ledger_transfers SET currency = 'USD' WHERE kind = 3 AND debit_account_id = $1",
    "batches_are_told": "DELETE FROM ledger_transfers WHERE number = 1 AND debit_account_id = $1",
}


@pytest.mark.parametrize("check", DAMAGE)
async def test_damage_is_found(serve: Serve, databases: Databases, check: str) -> None:
    served = await serve("payments")
    book = await Book.open(served)
    anna, boris = (await book.funded(100)), (await book.funded(0))
    whole = await book.bulk(
        "atomic",
        [
            {"id": one, "kind": "pending", "debit_account_id": anna, "credit_account_id": boris, "amount": 1,
             "currency": "CNY", "code": "tests.move"}
            for one in (transfer_id(), transfer_id())
        ],
    )  # fmt: skip
    assert whole.status_code == 200
    assert (await book.settle("void", await book.hold(anna, boris, 1))).status_code == 201
    await book.audit()
    async with as_superuser(served, databases) as connection:
        account = next(one for one in await connection.fetch("SELECT id FROM ledger_accounts WHERE debits_pending > 0"))
        await connection.execute(DAMAGE[check], account["id"])
    report = await book.get("/v1/verification")
    failed = {one["name"]: one for one in report["checks"] if one["failed"]}
    assert report["holds"] is False
    assert failed[check]["offending"], report


@asynccontextmanager
async def as_superuser(served: Served, databases: Databases) -> AsyncIterator["asyncpg.Connection[Any]"]:
    database = served.runtime.settings.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(in_database(databases.admin_url, database))
    try:
        yield connection
    finally:
        await connection.close()


DAMAGED_KEYS = {
    "gone": "DELETE FROM ledger_transfer_keys WHERE id = $1",
    "of another instant": "UPDATE ledger_transfer_keys SET posted_at = posted_at + interval '1 microsecond' WHERE id = $1",
    "of another batch": "UPDATE ledger_transfer_keys SET batch_id = gen_random_uuid() WHERE id = $1",
    "of another number": "UPDATE ledger_transfer_keys SET number = number + 1 WHERE id = $1",
    "of no transfer": "DELETE FROM ledger_transfers WHERE id = $1",
    "of two transfers": (
        "INSERT INTO ledger_transfers SELECT (jsonb_populate_record(NULL::ledger_transfers, to_jsonb(one)"
        " || jsonb_build_object('number', 9, 'posted_at', '2040-01-01'))).* FROM ledger_transfers AS one WHERE id = $1"
    ),
}


@pytest.mark.parametrize("damage", DAMAGED_KEYS)
async def test_keys_and_log_agree_one_to_one(serve: Serve, databases: Databases, damage: str) -> None:
    served = await serve("payments")
    book = await Book.open(served)
    anna = await book.funded(100)
    made = (await book.moved(anna, book.source, 1))["id"]
    async with as_superuser(served, databases) as connection:
        assert await connection.execute(DAMAGED_KEYS[damage], decode("trf", made)) in (
            "DELETE 1",
            "UPDATE 1",
            "INSERT 0 1",
        )
    report = await book.get("/v1/verification")
    (check,) = (one for one in report["checks"] if one["name"] == "keys_lead_to_their_transfers")
    assert set(check["offending"]) == {made}

"""A ledger in use gets its log by month: nothing of it changes, and the version before writes on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis import migrate as migrating
from chassis.database import async_url
from chassis.direct import direct_of
from chassis.migrate import migrate
from services.payments.ledger.batch_queries import transfers_with
from tests.upgrading import Place, place_at

MODULE = "services.payments"
BEFORE = "2026_11_26_units"
ROLLING_DAYS = 7
"""Within which the version before is replaced: until then all it writes is of the earlier partition."""
Database = asyncpg.Connection
NOW = datetime.now(UTC)
COLUMNS = (
    "book_id", "kind", "number", "id", "debit_account_id", "credit_account_id", "batch_id", "amount", "posted_at",
    *(f"{side}_{name}" for side in ("debited", "credited")
      for name in ("debits_posted", "debits_pending", "credits_posted", "credits_pending")),
    "value_on", "currency", "code", "reference",
)  # fmt: skip


@pytest.fixture
async def place(admin_url: str) -> AsyncIterator[Place]:
    """A database of payments as the version before left it."""
    async with place_at(admin_url, MODULE, BEFORE) as made:
        yield made


def row(
    posted_at: datetime, number: int = 0, batch: UUID | None = None, transfer: UUID | None = None
) -> tuple[Any, ...]:
    accounts = uuid4(), uuid4()
    return (
        1, 0, number, transfer or uuid4(), *accounts, batch or uuid4(), 5, posted_at, 5, 0, 5, 0, 0, 0, 5, 0,
        posted_at.date(), "CNY", "tests.move", f"r{number}",
    )  # fmt: skip


async def write(connection: "Database[Any]", *rows: tuple[Any, ...]) -> None:
    """As the version before did: the log alone."""
    await connection.copy_records_to_table("ledger_transfers", records=rows, columns=COLUMNS)


async def keyed(connection: "Database[Any]") -> set[tuple[Any, ...]]:
    return {
        tuple(one)
        for one in await connection.fetch("SELECT book_id, id, batch_id, number, posted_at FROM ledger_transfer_keys")
    }


def key(one: tuple[Any, ...]) -> tuple[Any, ...]:
    named = dict(zip(COLUMNS, one, strict=True))
    return named["book_id"], named["id"], named["batch_id"], named["number"], named["posted_at"]


SEEN = f"SELECT {', '.join(COLUMNS)} FROM ledger_transfers ORDER BY id"  # noqa: S608


async def test_nothing_changes_and_the_version_before_writes_on(place: Place) -> None:
    own = await asyncpg.connect(place.own_url)
    batch = uuid4()
    old = [row(NOW - timedelta(days=400)), *(row(NOW - timedelta(minutes=1), number, batch) for number in range(5))]
    await write(own, *old)
    before = await own.fetch(SEEN)
    await migrate(MODULE, place.owner_url)
    assert await own.fetch(SEEN) == before
    assert await keyed(own) == {key(one) for one in old}
    for instant in (NOW, NOW + timedelta(days=ROLLING_DAYS)):
        new = row(instant)
        await write(own, new)
        old.append(new)
        assert await keyed(own) == {key(one) for one in old}
    places = {
        one["place"]
        for one in await own.fetch("SELECT DISTINCT tableoid::regclass::text AS place FROM ledger_transfers")
    }
    assert places == {"ledger_transfers_earlier"}
    with pytest.raises(asyncpg.UniqueViolationError):
        await write(own, row(NOW, transfer=old[0][3]))
    far = row(NOW + timedelta(days=70))
    await own.execute("INSERT INTO ledger_transfer_keys VALUES ($1, $2, $3, $4, 1)", far[8], far[3], far[6], far[2])
    with pytest.raises(asyncpg.UniqueViolationError):  # made by the version after, in a month of its own
        await write(own, row(NOW, transfer=far[3]))
    await write(own, far)
    await own.close()
    engine = create_async_engine(async_url(place.own_url), poolclass=NullPool)
    async with engine.connect() as connection:
        found = await transfers_with(await direct_of(connection), 1, [one[3] for one in [*old, far]])
        assert {one.id for one in found.values()} == {one[3] for one in [*old, far]}
    await engine.dispose()


async def test_what_is_not_in_use_has_nothing_for_the_version_before(place: Place) -> None:
    own = await asyncpg.connect(place.own_url)
    await migrate(MODULE, place.owner_url)
    assert await own.fetchval("SELECT to_regclass('pk_ledger_transfers_earlier')") is None
    assert await own.fetchval("SELECT count(*) FROM pg_trigger WHERE tgname = 'give_key'") == 0
    await write(own, row(NOW))
    assert (
        await own.fetchval("SELECT tableoid::regclass::text FROM ledger_transfers") == f"ledger_transfers_{NOW:%Y_%m}"
    )
    await own.close()


@pytest.mark.parametrize("in_use", [False, True])
async def test_it_may_be_added_to_and_nothing_else(place: Place, in_use: bool) -> None:
    own = await asyncpg.connect(place.own_url)
    if in_use:
        await write(own, row(NOW))
    await migrate(MODULE, place.owner_url)
    for table in ("ledger_transfers", "ledger_transfer_keys"):
        allowed = await own.fetch(
            "SELECT privilege_type FROM information_schema.table_privileges WHERE grantee = current_user AND table_name = $1",
            table,
        )
        assert {one["privilege_type"] for one in allowed} == {"SELECT", "INSERT"}
    leaves = "SELECT relid::text AS name FROM pg_partition_tree('ledger_transfers') WHERE isleaf"
    for leaf in await own.fetch(leaves):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await own.fetch(f"SELECT FROM {leaf['name']}")
    await own.close()


async def test_the_tables_are_those_of_the_code(place: Place) -> None:
    await migrate(MODULE, place.owner_url)
    written = await migrating._write_migration(MODULE, place.owner_url, "nothing")
    if written is not None:
        written.unlink()
    assert written is None

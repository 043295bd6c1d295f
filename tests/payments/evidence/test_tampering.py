# ruff: noqa: S608
"""Whoever may do anything to the database is found out: each way of changing what was, named by link and fault."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import async_url
from clients.payments.evidence import root
from services.payments.evidence import rules
from services.payments.evidence.model import Link
from services.payments.evidence.recomputing import recompute_all
from services.payments.ledger.canonical_queries import SOURCE, TRANSFER_LEAF
from tests.conftest import DatabaseUrls, Serve
from tests.payments.evidence.chain import Chain
from tests.payments.ledger.book import Book, wire

Database = asyncpg.Connection
Damage = Callable[["Database[Any]"], Awaitable[Any]]
LINKS = 5
TRANSFERS_OF_3 = "(SELECT batch_id FROM evidence_links WHERE number = 3)"


@pytest.fixture
async def chain(serve: Serve) -> Chain:
    """Five links in book 1, of which the third has four transfers. Not audited afterwards: it is damaged."""
    chain = Chain(await Book.open(await serve("payments")))
    anna = await chain.book.funded(10)
    await chain.book.moved(chain.book.source, anna, 1)
    many = [wire(chain.book.source, anna, amount) for amount in (1, 2, 3, 4)]
    assert (await chain.book.bulk("atomic", many)).status_code == 200
    for _ in range(2):
        await chain.book.moved(chain.book.source, anna, 1)
    assert (await chain.linked())["number"] == LINKS
    return chain


@pytest.fixture
async def owner(database_urls: DatabaseUrls) -> AsyncIterator["Database[Any]"]:
    _, url = await database_urls("payments")
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


def sql(*statements: str) -> Damage:
    async def done(database: "Database[Any]") -> None:
        for statement in statements:
            await database.execute(statement)

    return done


async def _forge(database: "Database[Any]", number: int, **facts: Any) -> None:
    """A link with other facts and the hash that follows from them."""
    row = await database.fetchrow("SELECT * FROM evidence_links WHERE number = $1", number)
    assert row is not None
    link = rules.sealed(replace(Link(*row), **facts))
    await database.execute(
        "UPDATE evidence_links SET root = $2, transfers = $3, previous_hash = $4, skip_hash = $5, hash = $6, batch_id = $7,"
        " position = $8 WHERE number = $1",
        number, link.root, link.transfers, link.previous_hash, link.skip_hash, link.hash, link.batch_id, link.position,
    )  # fmt: skip


def forged(number: int, **facts: Any) -> Damage:
    async def done(database: "Database[Any]") -> None:
        await _forge(database, number, **facts)

    return done


def one_after_another(*damages: Damage) -> Damage:
    async def done(database: "Database[Any]") -> None:
        for damage in damages:
            await damage(database)

    return done


async def forged_to_fit(database: "Database[Any]") -> None:
    """The transfers of a batch changed, what was told of it too, and its link made anew so that it fits them: the next one still names
    the old.
    """
    await database.execute(f"UPDATE ledger_transfers SET amount = amount + 1 WHERE batch_id = {TRANSFERS_OF_3}")
    leaves = await database.fetch(
        f"SELECT {TRANSFER_LEAF} FROM {SOURCE} WHERE batch_id = {TRANSFERS_OF_3} ORDER BY number"
    )
    fitting = root([row[0] for row in leaves])
    told = json.dumps({"root": fitting.hex()})
    await database.execute(f"UPDATE chassis.events SET data = data || $1::jsonb WHERE id = {TRANSFERS_OF_3}", told)
    await _forge(database, 3, root=fitting)


async def exchanged(database: "Database[Any]") -> None:
    """Two links change places, each sealed anew."""
    links = [Link(*row) for row in await database.fetch("SELECT * FROM evidence_links ORDER BY number")]
    await database.execute("DELETE FROM evidence_links WHERE number IN (3, 4)")
    for number, link in ((3, links[3]), (4, links[2])):
        moved = rules.sealed(replace(link, number=number))
        await database.execute(
            "INSERT INTO evidence_links VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            *(getattr(moved, name) for name in Link.__slots__),
        )


untold = sql(f"UPDATE chassis.events SET data = data - 'root' WHERE id = {TRANSFERS_OF_3}")
ONE = f"batch_id = {TRANSFERS_OF_3} AND number = 1"
DAMAGES: dict[str, tuple[Damage, int, str]] = {
    "an amount changed": (sql(f"UPDATE ledger_transfers SET amount = amount + 1 WHERE {ONE}"), 3, "transfers_differ"),
    "a reference changed": (sql(f"UPDATE ledger_transfers SET reference = 'x' WHERE {ONE}"), 3, "transfers_differ"),
    "a sum after it changed": (sql(f"UPDATE ledger_transfers SET credited_credits_posted = 9 WHERE {ONE}"), 3, "transfers_differ"),
    "an instant changed": (
        sql(f"UPDATE ledger_transfers SET posted_at = posted_at + interval '1 microsecond' WHERE {ONE}"), 3, "transfers_differ",
    ),
    "a transfer deleted": (sql(f"DELETE FROM ledger_transfers WHERE {ONE}"), 3, "transfers_missing"),
    "a whole batch deleted": (sql(f"DELETE FROM ledger_transfers WHERE batch_id = {TRANSFERS_OF_3}"), 3, "transfers_missing"),
    "a transfer added": (
        sql(
            f"CREATE TEMP TABLE added AS SELECT * FROM ledger_transfers WHERE {ONE}",
            "UPDATE added SET id = gen_random_uuid(), number = 9", "INSERT INTO ledger_transfers SELECT * FROM added",
        ), 3, "transfers_added",
    ),
    "a reversal invented": (
        sql(f"INSERT INTO ledger_reversals SELECT book_id, id, gen_random_uuid(), 1, amount, 0 FROM ledger_transfers WHERE {ONE}"),
        3, "transfers_differ",
    ),
    "two transfers swapped": (
        sql(
            f"UPDATE ledger_transfers SET number = 99 WHERE {ONE}",
            f"UPDATE ledger_transfers SET number = 1 WHERE batch_id = {TRANSFERS_OF_3} AND number = 2",
            "UPDATE ledger_transfers SET number = 2 WHERE number = 99",
        ), 3, "transfers_differ",
    ),
    "a transfer moved to another batch": (
        sql("UPDATE ledger_transfers SET number = 1, batch_id = (SELECT batch_id FROM evidence_links WHERE number = 2)"
            f" WHERE {ONE}"), 2, "transfers_added",
    ),
    "a link dropped": (sql("DELETE FROM evidence_links WHERE number = 3"), 3, "link_missing"),
    "the first link dropped": (sql("DELETE FROM evidence_links WHERE number = 1"), 1, "link_missing"),
    "the last link dropped": (sql("DELETE FROM evidence_links WHERE number = 5"), 5, "batch_not_linked"),
    "all links dropped": (sql("DELETE FROM evidence_links"), 1, "batch_not_linked"),
    "a link dropped and the rest moved up": (
        sql("DELETE FROM evidence_links WHERE number = 3", "UPDATE evidence_links SET number = 3 WHERE number = 4",
            "UPDATE evidence_links SET number = 4 WHERE number = 5"), 3, "hash_differs",
    ),
    "a link changed": (sql("UPDATE evidence_links SET root = hash WHERE number = 3"), 3, "hash_differs"),
    "a hash changed": (sql("UPDATE evidence_links SET hash = root WHERE number = 3"), 3, "hash_differs"),
    "the time of a link changed": (
        sql("UPDATE evidence_links SET linked_at = linked_at - interval '1 day' WHERE number = 3"), 3, "hash_differs",
    ),
    "a root forged": (forged(3, root=bytes(32)), 3, "event_differs"),
    "a root forged that was never told": (one_after_another(untold, forged(3, root=bytes(32))), 3, "transfers_differ"),
    "a told root taken for something else": (
        sql(f"UPDATE chassis.events SET data = data || '{{\"root\": \"zz\"}}' WHERE id = {TRANSFERS_OF_3}"), 3, "event_differs",
    ),
    "a told root emptied": (
        sql(f"UPDATE chassis.events SET data = data || '{{\"root\": \"\"}}' WHERE id = {TRANSFERS_OF_3}"), 3, "event_differs",
    ),
    "a told root changed": (
        sql(f"UPDATE chassis.events SET data = data || '{{\"root\": \"00\"}}' WHERE id = {TRANSFERS_OF_3}"), 3, "event_differs",
    ),
    "a count forged": (forged(3, transfers=3), 3, "event_differs"),
    "a position forged": (forged(3, position=1), 3, "event_differs"),
    "a link forged to fit changed transfers": (forged_to_fit, 4, "previous_differs"),
    "a chain cut and begun anew": (forged(3, previous_hash=bytes(32)), 3, "previous_differs"),
    "the link skipped to forged": (forged(5, skip_hash=bytes(32)), 5, "skip_differs"),
    "two links exchanged": (exchanged, 3, "previous_differs"),
    "an event deleted": (sql(f"DELETE FROM chassis.events WHERE id = {TRANSFERS_OF_3}"), 3, "event_differs"),
    "an event changed": (
        sql(f"UPDATE chassis.events SET data = data || '{{\"transfers\": 3}}' WHERE id = {TRANSFERS_OF_3}"), 3, "event_differs",
    ),
    "a batch never linked": (
        sql("DELETE FROM evidence_links WHERE number > 3", "UPDATE evidence_progress SET position = position + 1"), 4, "batch_not_linked",
    ),
}  # fmt: skip


async def test_each_is_found_and_named(chain: Chain, database_urls: DatabaseUrls) -> None:
    """One after another, each taken back before the next."""
    _, owner_url = await database_urls("payments")
    engine = create_async_engine(async_url(owner_url))
    found = {}
    try:
        for name, (do, _, _) in DAMAGES.items():
            async with engine.connect() as connection:
                assert (await recompute_all(connection, 1, 2)).broken is None, name
                await do((await connection.get_raw_connection()).driver_connection)
                steps = [await recompute_all(connection, 1, limit) for limit in (1, 2, 1000)]
                await connection.rollback()
            found[name] = {(step.until + 1, str(step.broken and step.broken.fault)) for step in steps}
    finally:
        await engine.dispose()
    assert found == {name: {(number, fault)} for name, (_, number, fault) in DAMAGES.items()}


@pytest.mark.parametrize(
    "damage", ["an amount changed", "the last link dropped", "a link forged to fit changed transfers"]
)
async def test_the_audit_and_the_endpoint_name_it(chain: Chain, owner: "Database[Any]", damage: str) -> None:
    do, number, fault = DAMAGES[damage]
    await do(owner)
    step = await chain.recomputed(limit=1)
    while step["broken"] is None and not step["complete"]:
        step = await chain.recomputed(after=step["until"], limit=1)
    assert (step["until"], step["complete"]) == (number - 1, False)
    assert (step["broken"]["number"], step["broken"]["fault"]) == (number, fault)
    report = await chain.book.get("/v1/verification")
    (check,) = (one for one in report["checks"] if one["name"] == "evidence_chains")
    assert report["holds"] is False
    assert check["offending"] == [f"book 1 link {number} {fault}"]


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("DELETE FROM ledger_transfers WHERE posted_at = $1::text::timestamptz", "transfers_missing"),
        ("UPDATE ledger_transfers SET amount = 2 WHERE posted_at = $1::text::timestamptz", "transfers_differ"),
        (
            'UPDATE chassis.events SET data = data || \'{"root": "00"}\' WHERE id ='
            " (SELECT batch_id FROM ledger_transfers WHERE posted_at = $1::text::timestamptz)",
            "event_differs",
        ),
    ],
)
async def test_what_is_done_to_a_transfer_before_its_batch_is_linked_is_found(
    chain: Chain, owner: "Database[Any]", damage: str, fault: str
) -> None:
    """What counts is what the event tells, not what is there when the link is made."""
    async with owner.transaction():
        await owner.execute("SELECT FROM evidence_progress FOR UPDATE")
        made = await chain.book.moved(chain.book.source, await chain.book.funded(0), 1)
        await owner.execute(damage, made["posted_at"])
    await chain.linked()
    assert (await chain.recomputed())["broken"]["fault"] == fault

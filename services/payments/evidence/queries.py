"""The SQL of chains and pins. The database hashes the leaves and gives a batch's in one value; the tree over them is built here."""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import Row, direct_of
from clients.payments.evidence import TRANSFER_FIELDS, root
from services.payments.evidence.model import Batch, DayRoot, Link, Pin, Written
from services.payments.evidence.tables import evidence_links, evidence_pins
from services.payments.ledger.batch_queries import TRANSFER_OF_KEY
from services.payments.ledger.canonical_queries import CONTENT_LEAF, SOURCE, TRANSFER_LEAF, leaves_in

_HASH = re.compile(r"[0-9a-f]{64}")
CHUNK = 8_192
"""Leaves of a day that are turned into one node at a time: a power of two, so that the nodes are those of the whole tree."""

_BATCH = """numbered.position, event.id, (event.data ->> 'book_id')::int, (event.data ->> 'transfers')::int,
        event.data ->> 'root'
    FROM chassis.event_positions AS numbered JOIN chassis.events AS event ON event.id = numbered.event_id
    WHERE event.type = 'payments.ledger.batch_posted.v1'"""
_BATCHES = f"SELECT {_BATCH} AND position > $1 AND position <= $2 ORDER BY position"
_TOLD = f"SELECT {_BATCH} AND event.id = ANY($1::uuid[])"
_UNLINKED = text(
    f"""SELECT {_BATCH} AND event.subject = :subject AND position > :after AND position <= :until
    AND NOT EXISTS (SELECT FROM evidence_links AS link WHERE link.book_id = :book_id AND link.batch_id = event.id)
    ORDER BY position LIMIT 1"""  # noqa: S608
)
_STATE = """SELECT progress.position, (SELECT coalesce(max(position), 0) FROM chassis.event_positions)
    FROM evidence_progress AS progress"""
# One at a time, in any number of processes. Another that is at it is not waited for.
_LOCK = "SELECT position FROM evidence_progress FOR UPDATE SKIP LOCKED"
_SAVE = "UPDATE evidence_progress SET position = $1"
_LEAVES = f"""SELECT transfer.batch_id, string_agg({TRANSFER_LEAF}, ''::bytea ORDER BY transfer.number)
    FROM {SOURCE} WHERE transfer.batch_id = ANY($1::uuid[]) GROUP BY transfer.batch_id"""  # noqa: S608
_PROVED = text(
    f"""SELECT {", ".join(("transfer.batch_id", *(f"transfer.{name}" for name in TRANSFER_FIELDS if name != "reverses_id")))},
        reversal.reversed_id AS reverses_id, transfer.metadata
    FROM {TRANSFER_OF_KEY} LEFT JOIN ledger_reversals AS reversal
        ON reversal.book_id = transfer.book_id AND reversal.transfer_id = transfer.id
    WHERE key.book_id = :book_id AND key.id = :id"""  # noqa: S608
)
_DAY = text(
    f"""SELECT string_agg(leaf, ''::bytea ORDER BY id) FROM (
        SELECT transfer.id, {CONTENT_LEAF} AS leaf, (row_number() OVER (ORDER BY transfer.id) - 1) / {CHUNK} AS chunk
        FROM {SOURCE} WHERE transfer.book_id = :book_id AND transfer.value_on = :value_on
    ) AS content GROUP BY chunk ORDER BY chunk"""  # noqa: S608
)
_HEADS = """SELECT link.* FROM unnest($1::smallint[]) AS book(id) CROSS JOIN LATERAL (
        SELECT * FROM evidence_links WHERE book_id = book.id ORDER BY number DESC LIMIT 1) AS link"""
# Steps from book to book through the key's index, instead of reading it all.
_BOOKS = text(
    """WITH RECURSIVE book(id) AS (
        (SELECT book_id FROM ledger_accounts ORDER BY book_id LIMIT 1)
        UNION ALL SELECT (SELECT book_id FROM ledger_accounts WHERE book_id > book.id ORDER BY book_id LIMIT 1)
        FROM book WHERE book.id IS NOT NULL
    ) SELECT id FROM book WHERE id IS NOT NULL"""
)
_HASHES = """SELECT link.book_id, link.number, link.hash FROM unnest($1::smallint[], $2::bigint[]) AS wanted(book_id, number)
    JOIN evidence_links AS link USING (book_id, number)"""
_LINK_COLUMNS = [column.name for column in evidence_links.c]
_ADD_LINKS = f"""INSERT INTO evidence_links ({", ".join(_LINK_COLUMNS)}) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bigint[],
    $4::uuid[], $5::int[], $6::bytea[], $7::timestamptz[], $8::bytea[], $9::bytea[], $10::bytea[], $11::smallint[])"""  # noqa: S608
_LOCK_DAY = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.evidence_pins ' || CAST(:day AS text), 0))")


async def progress(connection: AsyncConnection) -> tuple[int, int]:
    """Positions: up to which batches have been linked, and of the last event there is."""
    ((done, head),) = await _fetch(connection, _STATE)
    return done, head


async def lock_progress(connection: AsyncConnection) -> int | None:
    """Up to which position batches have been linked; None while another process is at it."""
    found = await _fetch(connection, _LOCK)
    return found[0][0] if found else None


async def save_progress(connection: AsyncConnection, position: int) -> None:
    await _fetch(connection, _SAVE, position)


async def batches_between(connection: AsyncConnection, after: int, until: int) -> list[Batch]:
    return [_batch(row) for row in await _fetch(connection, _BATCHES, after, until)]


async def first_unlinked(connection: AsyncConnection, book_id: int, after: int, until: int) -> Batch | None:
    """The first batch of a book between two positions that no link names."""
    facts = {"book_id": book_id, "subject": f"book_{book_id}", "after": after, "until": until}
    row = (await connection.execute(_UNLINKED, facts)).one_or_none()
    return None if row is None else _batch(row)


async def leaves_of(connection: AsyncConnection, batch_ids: Collection[UUID]) -> dict[UUID, list[bytes]]:
    """Hashes of the transfers of each batch, in their order. A batch of which no transfer is there is left out."""
    return {row[0]: leaves_in(row[1]) for row in await _fetch(connection, _LEAVES, list(batch_ids))}


async def written(connection: AsyncConnection, batch_ids: Collection[UUID]) -> dict[UUID, Written]:
    """What the ledger and the feed say of these batches now."""
    leaves = await leaves_of(connection, batch_ids)
    events = {row[1]: _batch(row) for row in await _fetch(connection, _TOLD, list(batch_ids))}
    return {one: Written(len(leaves.get(one, ())), root(leaves.get(one, ())), events.get(one)) for one in batch_ids}


async def heads_of(connection: AsyncConnection, books: Collection[int]) -> dict[int, Link]:
    """The last link of each book that has one."""
    return {row[0]: Link(*row) for row in await _fetch(connection, _HEADS, list(books))}


async def hashes_of(connection: AsyncConnection, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """(book, number) → hash."""
    found = await _fetch(connection, _HASHES, [book for book, _ in wanted], [number for _, number in wanted])
    return {(row[0], row[1]): row[2] for row in found}


async def add_links(connection: AsyncConnection, links: Sequence[Link]) -> None:
    await _fetch(connection, _ADD_LINKS, *([getattr(link, name) for link in links] for name in _LINK_COLUMNS))


async def links_between(
    connection: AsyncConnection, book_id: int, first: int, last: int | None, limit: int
) -> list[Link]:
    table = evidence_links
    statement = select(table).where(table.c.book_id == book_id, table.c.number >= first)
    if last is not None:
        statement = statement.where(table.c.number <= last)
    return [Link(*row) for row in await connection.execute(statement.order_by(table.c.number).limit(limit))]


async def links_with(connection: AsyncConnection, book_id: int, numbers: Sequence[int]) -> list[Link]:
    """Those that exist, the latest first."""
    table = evidence_links
    statement = select(table).where(table.c.book_id == book_id, table.c.number.in_(numbers))
    return [Link(*row) for row in await connection.execute(statement.order_by(table.c.number.desc()))]


async def link_of(connection: AsyncConnection, book_id: int, batch_id: UUID) -> Link | None:
    table = evidence_links
    statement = select(table).where(table.c.book_id == book_id, table.c.batch_id == batch_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Link(*row)


async def transfer_to_prove(connection: AsyncConnection, book_id: int, transfer_id: UUID) -> dict[str, Any] | None:
    """All that its leaf is made of, and its `batch_id`."""
    row = (await connection.execute(_PROVED, {"book_id": book_id, "id": transfer_id})).one_or_none()
    return None if row is None else dict(row._mapping)


async def day_root(connection: AsyncConnection, book_id: int, value_on: date) -> DayRoot:
    """Worked out from the day's transfers, chunk by chunk."""
    nodes: list[bytes] = []
    transfers = 0
    async with connection.stream(_DAY, {"book_id": book_id, "value_on": value_on}) as chunks:
        async for chunk in chunks:
            leaves = leaves_in(chunk[0])
            transfers += len(leaves)
            nodes.append(root(leaves))
    return DayRoot(book_id, value_on, transfers, root(nodes))


async def lock_day(connection: AsyncConnection, book_id: int, value_on: date) -> None:
    """Pins of a day are made one at a time, so that versions have no gap."""
    await connection.execute(_LOCK_DAY, {"day": f"{book_id} {value_on}"})


async def pins_of(connection: AsyncConnection, book_id: int, value_on: date, limit: int) -> list[Pin]:
    """A day's pins, the latest first."""
    table = evidence_pins
    statement = select(table).where(table.c.book_id == book_id, table.c.value_on == value_on)
    return [Pin(*row) for row in await connection.execute(statement.order_by(table.c.version.desc()).limit(limit))]


async def add_pin(connection: AsyncConnection, pin: Pin) -> None:
    values = {column.name: getattr(pin, column.name) for column in evidence_pins.c}
    await connection.execute(insert(evidence_pins).values(values))


async def books(connection: AsyncConnection) -> list[int]:
    """All books in which there is an account."""
    return list((await connection.execute(_BOOKS)).scalars())


def _batch(row: Row) -> Batch:
    """Where what was told is no hash, the root is empty, which fits no link."""
    position, batch_id, book_id, transfers, told = row
    root = None if told is None else bytes.fromhex(told) if _HASH.fullmatch(told) else b""
    return Batch(position, batch_id, book_id, transfers, root)


async def _fetch(connection: AsyncConnection, statement: str, *values: Any) -> list[Row]:
    """Past SQLAlchemy: what is asked some times a second beside those who post is to take little from them."""
    return await (await direct_of(connection)).fetch(statement, *values)

"""The SQL of chains and pins. The database hashes the leaves and gives a batch's in one value; the tree over them is built here."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from clients.payments.evidence import TRANSFER_FIELDS, root
from services.payments.evidence.canonical_queries import CONTENT_LEAF, SOURCE, TRANSFER_LEAF
from services.payments.evidence.model import Batch, DayRoot, Link, Pin, Written
from services.payments.evidence.tables import evidence_links, evidence_pins, evidence_progress
from services.payments.ledger.batch_queries import TRANSFER_OF_KEY

HASH_BYTES = 32
CHUNK = 8_192
"""Leaves of a day that are turned into one node at a time: a power of two, so that the nodes are those of the whole tree."""

_BATCH = """numbered.position, event.id, (event.data ->> 'book_id')::int, (event.data ->> 'transfers')::int
    FROM chassis.event_positions AS numbered JOIN chassis.events AS event ON event.id = numbered.event_id
    WHERE event.type = 'payments.ledger.batch_posted.v1'"""
_BATCHES = text(f"SELECT {_BATCH} AND position > :after AND position <= :until ORDER BY position")
_TOLD = text(f"SELECT {_BATCH} AND event.id = ANY(:ids)")
_UNLINKED = text(
    f"""SELECT {_BATCH} AND event.subject = :subject AND position > :after AND position <= :until
    AND NOT EXISTS (SELECT FROM evidence_links AS link WHERE link.book_id = :book_id AND link.batch_id = event.id)
    ORDER BY position LIMIT 1"""  # noqa: S608
)
_STATE = text(
    "SELECT progress.position, (SELECT coalesce(max(position), 0) FROM chassis.event_positions) FROM evidence_progress AS progress"
)
# One at a time, in any number of processes. Another that is at it is not waited for.
_LOCK = text("SELECT position FROM evidence_progress FOR UPDATE SKIP LOCKED")
_LEAVES = text(
    f"""SELECT transfer.batch_id, string_agg({TRANSFER_LEAF}, ''::bytea ORDER BY transfer.number)
    FROM {SOURCE} WHERE transfer.batch_id = ANY(:ids) GROUP BY transfer.batch_id"""  # noqa: S608
)
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
_HEADS = text(
    """SELECT link.* FROM unnest(CAST(:books AS smallint[])) AS book(id) CROSS JOIN LATERAL (
        SELECT * FROM evidence_links WHERE book_id = book.id ORDER BY number DESC LIMIT 1) AS link"""
)
# Steps from book to book through the key's index, instead of reading it all.
_BOOKS = text(
    """WITH RECURSIVE book(id) AS (
        (SELECT book_id FROM ledger_accounts ORDER BY book_id LIMIT 1)
        UNION ALL SELECT (SELECT book_id FROM ledger_accounts WHERE book_id > book.id ORDER BY book_id LIMIT 1)
        FROM book WHERE book.id IS NOT NULL
    ) SELECT id FROM book WHERE id IS NOT NULL"""
)
_LINK_COLUMNS = [column.name for column in evidence_links.c]
_ADD_LINKS = f"""INSERT INTO evidence_links ({", ".join(_LINK_COLUMNS)}) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bigint[],
    $4::uuid[], $5::int[], $6::bytea[], $7::timestamptz[], $8::bytea[], $9::bytea[], $10::bytea[], $11::smallint[])"""  # noqa: S608
_LOCK_DAY = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.evidence_pins ' || CAST(:day AS text), 0))")


async def progress(connection: AsyncConnection) -> tuple[int, int]:
    """Positions: up to which batches have been linked, and of the last event there is."""
    row = (await connection.execute(_STATE)).one()
    return row[0], row[1]


async def lock_progress(connection: AsyncConnection) -> int | None:
    """Up to which position batches have been linked; None while another process is at it."""
    found: int | None = (await connection.execute(_LOCK)).scalar_one_or_none()
    return found


async def save_progress(connection: AsyncConnection, position: int) -> None:
    await connection.execute(update(evidence_progress).values(position=position))


async def batches_between(connection: AsyncConnection, after: int, until: int) -> list[Batch]:
    rows = await connection.execute(_BATCHES, {"after": after, "until": until})
    return [Batch(*row) for row in rows]


async def first_unlinked(connection: AsyncConnection, book_id: int, after: int, until: int) -> Batch | None:
    """The first batch of a book between two positions that no link names."""
    facts = {"book_id": book_id, "subject": f"book_{book_id}", "after": after, "until": until}
    row = (await connection.execute(_UNLINKED, facts)).one_or_none()
    return None if row is None else Batch(*row)


async def leaves_of(connection: AsyncConnection, batch_ids: Collection[UUID]) -> dict[UUID, list[bytes]]:
    """Hashes of the transfers of each batch, in their order. A batch of which no transfer is there is left out."""
    found = await connection.execute(_LEAVES, {"ids": list(batch_ids)})
    return {row[0]: _hashes(row[1]) for row in found}


async def written(connection: AsyncConnection, batch_ids: Collection[UUID]) -> dict[UUID, Written]:
    """What the ledger and the feed say of these batches now."""
    leaves = await leaves_of(connection, batch_ids)
    events = {row[1]: Batch(*row) for row in await connection.execute(_TOLD, {"ids": list(batch_ids)})}
    return {one: Written(len(leaves.get(one, ())), root(leaves.get(one, ())), events.get(one)) for one in batch_ids}


async def heads_of(connection: AsyncConnection, books: Collection[int]) -> dict[int, Link]:
    """The last link of each book that has one."""
    return {row.book_id: Link(*row) for row in await connection.execute(_HEADS, {"books": list(books)})}


async def hashes_of(connection: AsyncConnection, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """(book, number) → hash."""
    table = evidence_links
    statement = select(table.c.book_id, table.c.number, table.c.hash)
    rows = await connection.execute(statement.where(tuple_(table.c.book_id, table.c.number).in_(list(wanted))))
    return {(row[0], row[1]): row[2] for row in rows}


async def add_links(connection: AsyncConnection, links: Sequence[Link]) -> None:
    columns = [[getattr(link, name) for link in links] for name in _LINK_COLUMNS]
    await connection.exec_driver_sql(_ADD_LINKS, tuple(columns))


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
            leaves = _hashes(chunk[0])
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


def _hashes(joined: bytes) -> list[bytes]:
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]

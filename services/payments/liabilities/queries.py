"""The SQL of publications. All leaves come from one statement, which sees one state, in the order of the tree, a chunk at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.ledger.tables import ledger_accounts
from services.payments.liabilities.model import Chunk, Node, Publication
from services.payments.liabilities.tables import liability_chunks, liability_exclusions, liability_roots
from services.payments.merchants.tables import merchants
from services.payments.reserve.balance_queries import BALANCES_AT, classification
from services.payments.settlement.tables import settlement_positions

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.liability_roots', 0))")
# What is below zero comes first. Then all leaves in their order, filled up with those of nobody to a power of two.
_LEAVES = text(f"""WITH {BALANCES_AT}, counted AS MATERIALIZED (
        SELECT id, balance FROM balances WHERE balance <> 0 AND owed = ANY (CAST(:counted AS text[]))
    ), size AS (
        SELECT count(*) AS leaves, CASE WHEN count(*) <= CAST(:fewest AS bigint) THEN CAST(:fewest AS bigint)
            ELSE 1::bigint << length(ltrim((count(*) - 1)::bit(64)::text, '0')) END AS filled
        FROM counted WHERE balance > 0
    ), nobody AS (
        SELECT encode(substring(sha256(CAST(:key AS bytea) || int8send(at)) FROM 1 FOR 16), 'hex')::uuid AS id
        FROM size, generate_series(1, filled - leaves) AS at
    )
    SELECT id, balance, of_nobody FROM (
        SELECT id, balance, false AS of_nobody FROM counted UNION ALL SELECT id, 0, true FROM nobody
    ) AS leaves ORDER BY balance >= 0, sha256(CAST(:key AS bytea) || uuid_send(id))""")  # noqa: S608


async def lock_log(connection: AsyncConnection) -> None:
    """Publications are numbered one after another."""
    await connection.execute(_LOCK)


async def leaves(
    connection: AsyncConnection,
    currency: str,
    closed_at: datetime,
    *,
    counted: Sequence[str],
    key: bytes,
    fewest: int,
    at_once: int,
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Of accounts of these classes, so many at a time: id, balance, of_nobody. fewest: leaves of a tree, a power of two."""
    told: dict[str, Any] = classification(currency, closed_at) | {"counted": counted, "key": key, "fewest": fewest}
    streamed = await connection.stream(_LEAVES, told)
    async for rows in streamed.partitions(at_once):
        yield rows


async def last_publication(connection: AsyncConnection) -> Publication | None:
    statement = select(liability_roots).order_by(liability_roots.c.number.desc()).limit(1)
    return _publication((await connection.execute(statement)).one_or_none())


async def publication_of(connection: AsyncConnection, day: date, currency: str) -> Publication | None:
    statement = select(liability_roots).where(liability_roots.c.day == day, liability_roots.c.currency == currency)
    return _publication((await connection.execute(statement)).one_or_none())


async def publication_numbered(connection: AsyncConnection, number: int) -> Publication | None:
    statement = select(liability_roots).where(liability_roots.c.number == number)
    return _publication((await connection.execute(statement)).one_or_none())


async def list_publications(
    connection: AsyncConnection, currency: str | None, before: int | None, limit: int
) -> list[Publication]:
    """Newest first."""
    statement = select(liability_roots).order_by(liability_roots.c.number.desc()).limit(limit)
    if currency is not None:
        statement = statement.where(liability_roots.c.currency == currency)
    if before is not None:
        statement = statement.where(liability_roots.c.number < before)
    return [Publication(**row._mapping) for row in await connection.execute(statement)]


async def last_days(connection: AsyncConnection) -> dict[str, date]:
    """By currency, the last day that was published."""
    table = liability_roots.c
    rows = await connection.execute(select(table.currency, func.max(table.day).label("day")).group_by(table.currency))
    return {row.currency: row.day for row in rows}


async def add_publication(connection: AsyncConnection, publication: Publication) -> None:
    await connection.execute(insert(liability_roots).values(asdict(publication)))


async def add_chunk(connection: AsyncConnection, root_number: int, chunk: Chunk) -> None:
    values = {
        "root_number": root_number, "number": chunk.number, "first_place": chunk.first_place, "leaves": chunk.leaves,
        "hash": chunk.top[0], "sum_minor": chunk.top[1],
    }  # fmt: skip
    await connection.execute(insert(liability_chunks).values(values))


async def add_exclusions(connection: AsyncConnection, root_number: int, found: Sequence[tuple[UUID, int]]) -> None:
    if found:
        rows = [{"root_number": root_number, "account_id": one, "amount_minor": amount} for one, amount in found]
        await connection.execute(insert(liability_exclusions), rows)


async def exclusions_of(
    connection: AsyncConnection, root_number: int, after: UUID | None, limit: int
) -> list[tuple[UUID, int]]:
    """By account."""
    table = liability_exclusions.c
    statement = select(table.account_id, table.amount_minor).where(table.root_number == root_number)
    if after is not None:
        statement = statement.where(table.account_id > after)
    rows = await connection.execute(statement.order_by(table.account_id).limit(limit))
    return [(row.account_id, row.amount_minor) for row in rows]


async def tops_of(connection: AsyncConnection, root_number: int) -> list[Node]:
    """The nodes above all chunks, in order."""
    table = liability_chunks.c
    statement = select(table.hash, table.sum_minor).where(table.root_number == root_number).order_by(table.number)
    return [(row.hash, row.sum_minor) for row in await connection.execute(statement)]


async def leaves_of(connection: AsyncConnection, root_number: int, number: int) -> bytes:
    """Of a chunk."""
    table = liability_chunks.c
    chosen = select(table.leaves).where(table.root_number == root_number, table.number == number)
    return bytes((await connection.execute(chosen)).scalar_one())


async def last_publications(connection: AsyncConnection) -> list[Publication]:
    """The last of each currency."""
    table = liability_roots.c
    chosen = select(liability_roots).ext(distinct_on(table.currency)).order_by(table.currency, table.number.desc())
    return [Publication(**row._mapping) for row in await connection.execute(chosen)]


async def chunk_at(connection: AsyncConnection, root_number: int, place: bytes) -> tuple[int, bytes] | None:
    """Number and leaves of the chunk in which a place would be."""
    table = liability_chunks.c
    statement = select(table.number, table.leaves).where(table.root_number == root_number, table.first_place <= place)
    row = (await connection.execute(statement.order_by(table.first_place.desc()).limit(1))).one_or_none()
    return None if row is None else (row.number, row.leaves)


async def accounts_of(
    connection: AsyncConnection, owner: str, currency: str, after: UUID | None, limit: int
) -> list[UUID]:
    """A party's own, and what is kept for her as a merchant; by id."""
    account, merchant, position = ledger_accounts.c, merchants.c, settlement_positions.c
    kept = select(merchant.proceeds_account_id).where(
        merchant.owner == owner, merchant.proceeds_account_id.is_not(None)
    )
    backed = select(position.reserve_account_id).join(merchants, merchant.id == position.merchant_id)
    hers = or_(account.owner == owner, account.id.in_(kept), account.id.in_(backed.where(merchant.owner == owner)))
    statement = select(account.id).where(hers, account.currency == currency)
    if after is not None:
        statement = statement.where(account.id > after)
    return list((await connection.execute(statement.order_by(account.id).limit(limit))).scalars())


def _publication(row: Row[Any] | None) -> Publication | None:
    return None if row is None else Publication(**row._mapping)

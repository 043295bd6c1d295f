"""The floor of bulk transfers: the very rows that the service wrote, by COPY into one table with the same columns and indexes.

It is not in partitions, and the two things that those have apart, ids used once and places in batches, are indexes of its own.

The floor's table grows by what the service's table has just grown, so the indexes of both have one size. The rows are turned into
COPY's binary form before the clock starts: what is timed is PostgreSQL alone, one COPY and one commit for each batch.
"""

import io
import time
from dataclasses import dataclass, field

import asyncpg

from benchmarks.sql import connected, execute, fetch, number

TABLE = "public.ledger_transfers"
FLOOR_TABLE = "benchmark.transfers_copied"
APART = ("(book_id, id)", "(batch_id, number)")
"""Columns of unique indexes."""


@dataclass
class Copying:
    """admin_url: the database of payments, as somebody who may make a schema. batch: rows of a COPY."""

    admin_url: str
    batch: int
    _copied: int = field(default=0, init=False)

    def prepare(self) -> None:
        """An empty table like the ledger's, from the catalogue: columns, checks and every index, and those that are apart."""
        schema = FLOOR_TABLE.partition(".")[0]
        execute(
            self.admin_url,
            f"DROP SCHEMA IF EXISTS {schema} CASCADE",
            f"CREATE SCHEMA {schema}",
            f"CREATE TABLE {FLOOR_TABLE} (LIKE {TABLE} INCLUDING ALL)",
            *(f"CREATE UNIQUE INDEX ON {FLOOR_TABLE} {columns}" for columns in APART),
        )

    def skip(self) -> None:
        """What the ledger holds by now is not copied."""
        self._copied = int(number(self.admin_url, f"SELECT count(*) FROM {TABLE}"))  # noqa: S608

    def rate(self) -> float:
        """Rows a second of copying, batch by batch, all rows that the ledger wrote since the last time; whole batches only."""
        return connected(self.admin_url, self._rate)

    async def _rate(self, connection: "asyncpg.Connection[asyncpg.Record]") -> float:
        batches = await self._encoded(connection)
        if not batches:
            raise RuntimeError(f"the service wrote less than a batch of {self.batch} rows")
        schema, _, table = FLOOR_TABLE.partition(".")
        began = time.perf_counter()
        for batch in batches:
            await connection.copy_to_table(table, schema_name=schema, source=io.BytesIO(batch), format="binary")
        seconds = time.perf_counter() - began
        self._copied += len(batches) * self.batch
        return len(batches) * self.batch / seconds

    async def _encoded(self, connection: "asyncpg.Connection[asyncpg.Record]") -> list[bytes]:
        """The new rows in the order in which they were written, a batch each."""
        batches: list[bytes] = []
        query = f"SELECT * FROM {TABLE} ORDER BY tableoid, ctid OFFSET $1 LIMIT $2"  # noqa: S608
        while True:
            target = io.BytesIO()
            offset = self._copied + len(batches) * self.batch
            told = await connection.copy_from_query(query, offset, self.batch, output=target, format="binary")
            if int(told.removeprefix("COPY ")) < self.batch:
                return batches
            batches.append(target.getvalue())


def indexes(admin_url: str, table: str) -> list[str]:
    """The definitions of a table's indexes without the names of table and index, for comparison."""
    found = fetch(
        admin_url,
        "SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = $1::text::regclass",
        table,
    )
    return sorted(row["definition"].partition(" USING ")[2] + str("UNIQUE" in row["definition"]) for row in found)

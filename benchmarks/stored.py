"""Millions of transfers that are simply there, written by COPY as the ledger would have written them.

Random pairs of wallets in batches of the bulk endpoint's size, each batch with its event; the accounts' sums after each transfer, and the
accounts' own rows, follow from them, so that the audit holds. The service does not run meanwhile. Indexes other than the key are made
afterwards, from the definitions they had: row by row, the random ones of fifty million would take hours.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID

import asyncpg
import numpy
from numpy.typing import NDArray

from benchmarks.sql import connected, execute, fetch
from benchmarks.stage import Stage
from benchmarks.transfers import BOOK
from benchmarks.wallets import CURRENCY
from chassis.clock import business_day
from chassis.ids import uuid7
from services.payments.ledger.batches import BATCH_POSTED

TABLE = "ledger_transfers"
KEYS = "ledger_transfer_keys"
BATCH = 8190
AT_ONCE = 50
"""Batches of one COPY."""
CODE = b"benchmark"
REFERENCE = 24
"""Characters of a reference."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_UNIX_TO_EPOCH_MS = int(_EPOCH.timestamp()) * 1000
_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"

Integers = NDArray[numpy.int64]

# Column, PostgreSQL's binary form of it, bytes. What is not named stays NULL.
_COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("book_id", ">i2", 2),
    ("kind", ">i2", 2),
    ("number", ">i4", 4),
    ("id", "V16", 16),
    ("debit_account_id", "V16", 16),
    ("credit_account_id", "V16", 16),
    ("batch_id", "V16", 16),
    ("amount", ">i8", 8),
    ("posted_at", ">i8", 8),
    ("debited_debits_posted", ">i8", 8),
    ("debited_debits_pending", ">i8", 8),
    ("debited_credits_posted", ">i8", 8),
    ("debited_credits_pending", ">i8", 8),
    ("credited_debits_posted", ">i8", 8),
    ("credited_debits_pending", ">i8", 8),
    ("credited_credits_posted", ">i8", 8),
    ("credited_credits_pending", ">i8", 8),
    ("value_on", ">i4", 4),
    ("currency", f"S{len(CURRENCY)}", len(CURRENCY)),
    ("code", f"S{len(CODE)}", len(CODE)),
    ("reference", f"S{REFERENCE}", REFERENCE),
)

_KEY = tuple(one for one in _COLUMNS if one[0] in ("posted_at", "id", "batch_id", "number", "book_id"))


def _form(columns: tuple[tuple[str, str, int], ...]) -> "numpy.dtype[Any]":
    """Of a row in COPY's binary form."""
    return numpy.dtype(
        [("fields", ">i2")] + [one for name, kind, _ in columns for one in ((f"{name}#", ">i4"), (name, kind))]
    )


_ROW, _KEY_ROW = _form(_COLUMNS), _form(_KEY)
# The whole log's, which are those of each partition too, and those that a partition has of its own.
_SECONDARY = """SELECT indexrelid::regclass::text AS name, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS definition
    FROM pg_partition_tree($1::text::regclass) AS part JOIN pg_index ON indrelid = part.relid
    JOIN pg_class AS index ON index.oid = indexrelid WHERE NOT indisprimary AND NOT index.relispartition"""
_INDEXED = """SELECT sum(pg_indexes_size(relid))::bigint AS bytes FROM (
    SELECT relid FROM pg_partition_tree($1::text::regclass) UNION ALL SELECT $2::text::regclass) AS part"""
_SUMS = "SELECT id, debits_posted, credits_posted, last_posted_at FROM ledger_accounts WHERE id = ANY($1::uuid[])"
_EVENTS = """WITH told AS (
        INSERT INTO chassis.events (id, type, subject, occurred_at, data)
        SELECT id, $2, $3, at, jsonb_build_object('book_id', $4::int, 'transfers', transfers)
        FROM unnest($1::uuid[], $5::timestamptz[], $6::int[]) AS batch(id, at, transfers) RETURNING id)
    INSERT INTO chassis.events_new (event_id) SELECT id FROM told"""
_SETTLE = """UPDATE ledger_accounts AS account SET debits_posted = after.debits, credits_posted = after.credits, last_posted_at = after.at
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[]) AS after(id, debits, credits, at)
    WHERE account.id = after.id AND account.book_id = $5"""


def store(stage: Stage, wallets: Sequence[UUID], transfers: int, seed: int) -> None:
    """Raises AssertionError if a wallet would be overdrawn. Statistics and disk are in order afterwards."""
    connected(stage.admin_url, lambda connection: _store(connection, wallets, transfers, seed))
    execute(stage.admin_url, f"VACUUM (ANALYZE) {TABLE}, {KEYS}, ledger_accounts", "CHECKPOINT")


def indexed_bytes(stage: Stage) -> int:
    """Of all indexes of the log and of its keys."""
    return int(fetch(stage.admin_url, _INDEXED, TABLE, KEYS)[0]["bytes"])


async def _store(
    connection: "asyncpg.Connection[asyncpg.Record]", wallets: Sequence[UUID], transfers: int, seed: int
) -> None:
    secondary = await connection.fetch(_SECONDARY, TABLE)
    await connection.execute("".join(f"DROP INDEX {index['name']};" for index in secondary))
    growing = await _Growing.of(connection, wallets, seed)
    for start in range(0, transfers, BATCH * AT_ONCE):
        part = growing.next(min(BATCH * AT_ONCE, transfers - start))
        for table, columns, rows in ((KEYS, _KEY, _key_rows(part.rows)), (TABLE, _COLUMNS, part.rows)):
            source = io.BytesIO(_HEADER + rows.tobytes() + _TRAILER)
            names = [name for name, _, _ in columns]
            await connection.copy_to_table(table, source=source, columns=names, format="binary")
        await tell_batches(connection, part.batches, part.instants, part.sizes)
    await connection.execute(_SETTLE, *growing.accounts(), BOOK)
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for index in secondary:
        await connection.execute(index["definition"])


async def tell_batches(
    connection: "asyncpg.Connection[asyncpg.Record]",
    batches: Sequence[UUID],
    instants: Sequence[datetime],
    sizes: Sequence[int],
) -> None:
    """Each batch of the ledger has its event: the batch's id, when it was, and how many transfers."""
    await connection.execute(_EVENTS, batches, BATCH_POSTED, f"book_{BOOK}", BOOK, instants, sizes)


@dataclass(frozen=True)
class _Part:
    """Rows in COPY's binary form, and of each of their batches the id of its event, when it was, and how many."""

    rows: NDArray[Any]
    batches: list[UUID]
    instants: list[datetime]
    sizes: list[int]


class _Growing:
    """The wallets' sums, as transfer follows transfer, a microsecond apart."""

    def __init__(self, wallets: list[UUID], debits: Integers, credits: Integers, last: datetime, seed: int) -> None:
        self._wallets = wallets
        self._names = numpy.frombuffer(b"".join(one.bytes for one in wallets), dtype="V16")
        self._debits, self._credits = debits, credits
        self._posted_us = numpy.full(len(wallets), _microseconds(last), dtype=numpy.int64)
        self._next_us = _microseconds(last) + 1
        self._value_on = (business_day(last) - date(2000, 1, 1)).days
        self._chance = numpy.random.default_rng(seed)

    @classmethod
    async def of(
        cls, connection: "asyncpg.Connection[asyncpg.Record]", wallets: Sequence[UUID], seed: int
    ) -> "_Growing":
        rows = await connection.fetch(_SUMS, list(wallets))
        debits = numpy.array([row["debits_posted"] for row in rows], dtype=numpy.int64)
        credits = numpy.array([row["credits_posted"] for row in rows], dtype=numpy.int64)
        return cls([row["id"] for row in rows], debits, credits, max(row["last_posted_at"] for row in rows), seed)

    def next(self, number: int) -> _Part:
        count, chance = len(self._wallets), self._chance
        debit = chance.integers(0, count, number)
        credit = (debit + chance.integers(1, count, number)) % count
        amount = chance.integers(100, 1000, number)
        posted_us = self._next_us + numpy.arange(number)
        self._next_us += number
        rows = self._rows(debit, credit, amount, posted_us)
        starts = range(0, number, BATCH)
        instants = [_EPOCH + timedelta(microseconds=int(posted_us[start])) for start in starts]
        batches = [uuid7(instant, token_bytes(10)) for instant in instants]
        which = numpy.arange(number) // BATCH
        rows["batch_id"] = numpy.frombuffer(b"".join(one.bytes for one in batches), dtype="V16")[which]
        rows["number"] = numpy.arange(number) % BATCH
        return _Part(rows, batches, instants, [min(BATCH, number - start) for start in starts])

    def _rows(self, debit: Integers, credit: Integers, amount: Integers, posted_us: Integers) -> NDArray[Any]:
        rows = numpy.zeros(len(debit), dtype=_ROW)
        rows["fields"] = len(_COLUMNS)
        for name, _, length in _COLUMNS:
            rows[f"{name}#"] = length
        rows["book_id"], rows["amount"], rows["posted_at"] = BOOK, amount, posted_us
        rows["value_on"], rows["currency"], rows["code"] = self._value_on, CURRENCY.encode(), CODE
        rows["id"] = self._ids(posted_us)
        rows["debit_account_id"], rows["credit_account_id"] = self._names[debit], self._names[credit]
        rows["reference"] = self._references(len(debit))
        self._move(rows, debit, credit, amount, posted_us)
        return rows

    def _move(
        self, rows: NDArray[Any], debit: Integers, credit: Integers, amount: Integers, posted_us: Integers
    ) -> None:
        """The sums of both accounts after each transfer: of each account its sides in order of time, added up."""
        number = len(debit)
        account = numpy.stack((debit, credit), axis=1).ravel()
        order = numpy.argsort(account, kind="stable")
        ordered = account[order]
        first = numpy.flatnonzero(numpy.r_[True, ordered[1:] != ordered[:-1]])
        lengths = numpy.diff(numpy.r_[first, len(ordered)])
        for side, sums, name in ((0, self._debits, "debits"), (1, self._credits, "credits")):
            moved = numpy.zeros(2 * number, dtype=numpy.int64)
            moved[side::2] = amount
            running = numpy.cumsum(moved[order])
            before = numpy.repeat(numpy.r_[0, running][first], lengths)
            after = numpy.empty_like(running)
            after[order] = running - before + sums[ordered]
            rows[f"debited_{name}_posted"], rows[f"credited_{name}_posted"] = after[0::2], after[1::2]
            sums[ordered[first]] += numpy.add.reduceat(moved[order], first)
        if (rows["debited_debits_posted"] > rows["debited_credits_posted"]).any():
            raise AssertionError("a wallet would be overdrawn: fewer transfers, or more wallets")
        numpy.maximum.at(self._posted_us, account, numpy.repeat(posted_us, 2))

    def _ids(self, posted_us: Integers) -> NDArray[Any]:
        """UUIDv7s of their millisecond, in the default book; random, but in order within a microsecond's twelve bits."""
        number = len(posted_us)
        high = ((posted_us // 1000 + _UNIX_TO_EPOCH_MS) << 16) | 0x7000 | (posted_us % 1000 * 4)
        low = self._chance.integers(0, 1 << 46, number).astype(numpy.uint64) << numpy.uint64(16)
        low |= numpy.uint64(1 << 63) | numpy.uint64(BOOK)
        halves = numpy.empty((number, 2), dtype=">u8")
        halves[:, 0], halves[:, 1] = high, low
        return numpy.frombuffer(halves.tobytes(), dtype="V16")

    def _references(self, number: int) -> NDArray[Any]:
        letters = self._chance.integers(ord("a"), ord("q"), (number, REFERENCE), dtype=numpy.uint8)
        letters[:, :4] = numpy.frombuffer(b"ord_", dtype=numpy.uint8)
        return numpy.frombuffer(letters.tobytes(), dtype=f"S{REFERENCE}")

    def accounts(self) -> tuple[list[UUID], list[int], list[int], list[datetime]]:
        """The wallets as they are now: debits, credits, last instant."""
        instants = [_EPOCH + timedelta(microseconds=int(us)) for us in self._posted_us]
        return self._wallets, self._debits.tolist(), self._credits.tolist(), instants


def _key_rows(rows: NDArray[Any]) -> NDArray[Any]:
    """The keys of rows of the log."""
    keys = numpy.empty(len(rows), dtype=_KEY_ROW)
    keys["fields"] = len(_KEY)
    for name, _, _ in _KEY:
        keys[name], keys[f"{name}#"] = rows[name], rows[f"{name}#"]
    return keys


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)

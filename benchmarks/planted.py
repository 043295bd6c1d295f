"""Statement lines and records with the truth about them: which belong together, and what is wrong with the others.

Written by COPY as the service would have written them: lines of one month's statement of one account, records in no order.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from benchmarks.sql import connected, execute
from benchmarks.stage import Stage
from benchmarks.wallets import CURRENCY
from chassis.ids import uuid7
from services.payments.reconciliation.rules import match_key, words_of

BANK = "ICBC"
DAYS = 28
FIRST_DAY = date(2026, 10, 1)
WINDOW_DAYS, TOLERANCE_DAYS = 3, 1
SHARES = {"text": 0.04, "one_to_many": 0.03, "many_to_one": 0.01, "broken": 0.02}
MOST_TOGETHER = 50
LARGEST = 10_000_000
BATCH = 20_000
SCHEMA = "benchmark"
_NAMES = 4_000
_SYLLABLES = (
    "ka",
    "lin",
    "mo",
    "tra",
    "shen",
    "bei",
    "zhou",
    "ron",
    "del",
    "vis",
    "hao",
    "wen",
    "tang",
    "que",
    "yi",
    "fu",
)
_LINE = (
    "id", "account_id", "statement_id", "number", "identity", "occurrence", "repeated", "amount", "value_on", "booked_on",
    "servicer_reference", "reference", "match_key", "description", "words",
)  # fmt: skip
_RECORD = (
    "id", "account_id", "source", "source_id", "state", "reference", "match_key", "group_key", "subject", "amount", "value_on",
    "description", "words",
)  # fmt: skip

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


@dataclass
class _Batch:
    lines: list[tuple[object, ...]] = field(default_factory=list)
    records: list[tuple[object, ...]] = field(default_factory=list)
    pairs: list[tuple[UUID, UUID]] = field(default_factory=list)
    breaks: list[tuple[str, UUID | None, UUID | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Planted:
    account_id: UUID
    lines: int
    records: int
    pairs: int
    breaks: int


def plant(stage: Stage, size: int, seed: int) -> Planted:
    """About as many lines as records, `size` of each; statistics and disk are in order afterwards."""
    garden = _Garden(size, random.Random(seed))
    connected(stage.admin_url, garden.write)
    execute(stage.admin_url, "VACUUM (ANALYZE) statement_lines, reconciliation_records", "CHECKPOINT")
    counted = garden.counted
    return Planted(garden.account_id, counted["lines"], counted["records"], counted["pairs"], counted["breaks"])


class _Garden:
    def __init__(self, size: int, chance: random.Random) -> None:
        self._size, self._chance = size, chance
        self._at = datetime(2026, 10, 31, tzinfo=UTC)
        self.account_id, self._file_id, self._statement_id = self._id(), self._id(), self._id()
        self._number = 0
        self.counted = {"lines": 0, "records": 0, "pairs": 0, "breaks": 0}
        self._batch = _Batch()
        self._names = ["".join(chance.choices(_SYLLABLES, k=3)) for _ in range(_NAMES)]

    def _id(self) -> UUID:
        return uuid7(self._at, self._chance.randbytes(10))

    async def write(self, connection: "Connection") -> None:
        await self._write_surroundings(connection)
        for plant in self._plan():
            plant()
            if len(self._batch.lines) + len(self._batch.records) >= BATCH:
                await self._flush(connection)
        await self._flush(connection)

    def _plan(self) -> Iterator[Any]:
        """What to plant, in no order. Groups are counted by their larger side."""
        average = (2 + MOST_TOGETHER) // 2
        kinds: list[Any] = [self._by_text] * int(self._size * SHARES["text"])
        kinds += [self._one_to_many] * max(1, int(self._size * SHARES["one_to_many"]) // average)
        kinds += [self._many_to_one] * max(1, int(self._size * SHARES["many_to_one"]) // average)
        faults = (self._long, self._short, self._amount, self._duplicate, self._status, self._date)
        for fault in faults:
            kinds += [fault] * max(1, int(self._size * SHARES["broken"]) // len(faults))
        kinds += [self._exact] * int(self._size * (1 - sum(SHARES.values())))
        self._chance.shuffle(kinds)
        return iter(kinds)

    def _exact(self) -> None:
        reference, amount, day, said = self._movement()
        self._pair(self._line(reference, amount, day, said), self._record(reference, amount, day, said))

    def _by_text(self) -> None:
        """The bank has lost the reference and some of the words, and is a day late at times."""
        reference, amount, day, said = self._movement()
        shown = f"TRANSFER {' '.join(said.split()[:3]).upper()} {self._chance.randrange(100)}"
        late = timedelta(days=self._chance.randrange(2))
        self._pair(self._line("", amount, day + late, shown), self._record(reference, amount, day, said))

    def _one_to_many(self) -> None:
        batch = f"batch_{self._chance.randbytes(8).hex()}"
        parts, day = [], self._day()
        for _ in range(self._chance.randint(2, MOST_TOGETHER)):
            reference, amount, _, said = self._movement()
            parts.append((self._record(reference, amount, day, said, batch=batch), amount))
        line = self._line(batch, sum(amount for _, amount in parts), day, "batch")
        for record, _ in parts:
            self._pair(line, record)

    def _many_to_one(self) -> None:
        reference, _, day, said = self._movement()
        amounts = [self._chance.randint(1, LARGEST) for _ in range(self._chance.randint(2, MOST_TOGETHER))]
        record = self._record(reference, sum(amounts), day, said)
        for amount in amounts:
            self._pair(self._line(reference, amount, day, said), record)

    def _long(self) -> None:
        reference, amount, day, said = self._movement()
        self._break("long", self._line(reference, amount, day, said), None)

    def _short(self) -> None:
        reference, amount, day, said = self._movement()
        self._break("short", None, self._record(reference, amount, day, said))

    def _amount(self) -> None:
        reference, amount, day, said = self._movement()
        more = amount + self._chance.randint(1, 500)
        self._break("amount", self._line(reference, more, day, said), self._record(reference, amount, day, said))

    def _duplicate(self) -> None:
        """Under the bank's own reference again, or under another one of its own."""
        reference, amount, day, said = self._movement()
        servicer = self._chance.randbytes(8).hex()
        self._pair(self._line(reference, amount, day, said, servicer), self._record(reference, amount, day, said))
        again = servicer if self._chance.random() < 0.5 else None
        self._break("duplicate", self._line(reference, amount, day, said, again, repeated=again is not None), None)

    def _status(self) -> None:
        reference, amount, day, said = self._movement()
        record = self._record(reference, amount, day, said, state="failed")
        self._break("status", self._line(reference, amount, day, said), record)

    def _date(self) -> None:
        reference, amount, day, said = self._movement()
        late = timedelta(days=self._chance.randint(TOLERANCE_DAYS + 1, 9))
        line, record = self._line(reference, amount, day + late, said), self._record(reference, amount, day, said)
        self._pair(line, record)
        self._break("date", line, record)

    def _day(self) -> date:
        return FIRST_DAY + timedelta(days=self._chance.randrange(DAYS))

    def _movement(self) -> tuple[str, int, date, str]:
        chance = self._chance
        said = f"{chance.choice(self._names)} {chance.choice(self._names)} {chance.choice(self._names)} {chance.randrange(10**6)}"
        return f"chi_{chance.randbytes(12).hex()}", chance.randint(1, LARGEST), self._day(), said

    def _line(
        self, reference: str, amount: int, day: date, said: str, servicer: str | None = None, *, repeated: bool = False
    ) -> UUID:
        line_id, servicer = self._id(), servicer or self._chance.randbytes(8).hex()
        self._number += 1
        self._batch.lines.append((
            line_id, self.account_id, self._statement_id, self._number, f"S{servicer}", 2 if repeated else 1, repeated, amount, day,
            day, servicer, reference, match_key(reference), said, list(words_of(said)),
        ))  # fmt: skip
        return line_id

    def _record(
        self, reference: str, amount: int, day: date, said: str, *, batch: str = "", state: str = "expected"
    ) -> UUID:
        record_id = self._id()
        self._batch.records.append((
            record_id, self.account_id, "ledger" if state == "expected" else "channel", record_id, state, reference,
            match_key(reference), match_key(batch), reference, amount, day, said, list(words_of(said)),
        ))  # fmt: skip
        return record_id

    def _pair(self, line_id: UUID, record_id: UUID) -> None:
        self._batch.pairs.append((line_id, record_id))

    def _break(self, kind: str, line_id: UUID | None, record_id: UUID | None) -> None:
        self._batch.breaks.append((kind, line_id, record_id))

    async def _write_surroundings(self, connection: "Connection") -> None:
        at, until = self._at, FIRST_DAY + timedelta(days=DAYS + 10)
        await _copy(connection, "reconciliation_accounts", [{
            "id": self.account_id, "bank": BANK, "number": "1", "currency": CURRENCY, "date_window_days": WINDOW_DAYS,
            "date_tolerance_days": TOLERANCE_DAYS, "amount_tolerance_minor": 0, "opened_at": at,
        }])  # fmt: skip
        await _copy(connection, "statement_files", [{
            "id": self._file_id, "account_id": self.account_id, "form": "camt", "hash": "", "taken_at": at, "taken_by": "benchmark",
        }])  # fmt: skip
        await _copy(connection, "statements", [{
            "id": self._statement_id, "file_id": self._file_id, "account_id": self.account_id, "kind": "statement", "number": "1",
            "from_on": FIRST_DAY, "until_on": until, "sum_minor": 0, "lines": 0, "seen": 0, "taken_at": at,
        }])  # fmt: skip
        await connection.execute(
            f"CREATE SCHEMA {SCHEMA}; CREATE TABLE {SCHEMA}.pairs (line_id uuid, record_id uuid);"
            f" CREATE TABLE {SCHEMA}.breaks (type text, line_id uuid, record_id uuid)"
        )

    async def _flush(self, connection: "Connection") -> None:
        batch, self._batch = self._batch, _Batch()
        await connection.copy_records_to_table("statement_lines", records=batch.lines, columns=_LINE)
        # What the bank books and what we expected are not in one order.
        self._chance.shuffle(batch.records)
        await connection.copy_records_to_table("reconciliation_records", records=batch.records, columns=_RECORD)
        await connection.copy_records_to_table("pairs", schema_name=SCHEMA, records=batch.pairs)
        await connection.copy_records_to_table("breaks", schema_name=SCHEMA, records=batch.breaks)
        for name in self.counted:
            self.counted[name] += len(getattr(batch, name))


async def _copy(connection: "Connection", table: str, rows: Sequence[dict[str, Any]]) -> None:
    records = [tuple(row.values()) for row in rows]
    await connection.copy_records_to_table(table, records=records, columns=list(rows[0]))

"""One account's lines and records, written as they are, in a transaction that a test rolls back or a runtime of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis import commands
from chassis.database import Tx
from chassis.identity import Caller
from chassis.runtime import Runtime
from clients.ids import new_id
from services.payments.reconciliation import actions, queries, record_queries
from services.payments.reconciliation.jobs import run_now
from services.payments.reconciliation.model import (
    Form,
    Line,
    ReconciledAccount,
    Record,
    RecordState,
    Run,
    Source,
    Statement,
    StatementFile,
    StatementKind,
)
from services.payments.reconciliation.rules import match_key, words_of

OPERATOR = Caller("stf_tests", "suite", frozenset({"payments:operate"}))
DAY = date(2026, 11, 2)


@dataclass
class Shelf:
    """An account, and what was put on it. amounts in fen; days: from the first."""

    runtime: Runtime
    account: ReconciledAccount
    lines: list[Line] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @classmethod
    async def open(cls, runtime: Runtime, **terms: Any) -> "Shelf":
        facts = {"bank": "ICBC", "number": "ICBC-RESERVE-CNY", "currency": "CNY"} | terms
        account = await commands.perform(runtime, actions.open_account, OPERATOR, seed="shelf", **facts)
        return cls(runtime, account)

    def line(self, amount: int, reference: str = "", said: str = "", day: int = 0, **more: Any) -> Line:
        number = len(self.lines) + 1
        line = Line(
            id=new_id(),
            account_id=self.account.id,
            statement_id=new_id(),
            number=number,
            identity=more.pop("identity", f"S{number}"),
            occurrence=more.pop("occurrence", 1),
            repeated=more.pop("repeated", False),
            amount=amount,
            value_on=DAY + timedelta(days=day),
            booked_on=DAY + timedelta(days=day),
            servicer_reference=str(number),
            reference=reference,
            match_key=match_key(reference),
            description=said,
            words=words_of(said),
        )
        self.lines.append(line)
        return line

    def record(self, amount: int, reference: str = "", said: str = "", day: int = 0, **more: Any) -> Record:
        record_id = new_id()
        state = more.get("state", RecordState.EXPECTED)
        record = Record(
            id=record_id,
            account_id=self.account.id,
            source=Source.LEDGER if state is RecordState.EXPECTED else Source.CHANNEL,
            source_id=record_id,
            state=state,
            reference=reference,
            match_key=match_key(reference),
            group_key=match_key(more.get("group", "")),
            subject=reference,
            amount=amount,
            value_on=DAY + timedelta(days=day),
            description=said,
            words=words_of(said),
        )
        self.records.append(record)
        return record

    async def put(self) -> None:
        """All lines as those of one statement, and all records."""
        async with self.runtime.transaction() as tx:
            await self._put(tx)

    async def _put(self, tx: Tx) -> None:
        file = StatementFile(tx.ids.new(), self.account.id, Form.CAMT, new_id().hex, tx.now, "stf_tests")
        await queries.add_file(tx.connection, file)
        statement = Statement(
            id=tx.ids.new(), file_id=file.id, account_id=self.account.id, kind=StatementKind.STATEMENT, number=new_id().hex,
            from_on=DAY, until_on=DAY + timedelta(days=40), opening_minor=None, closing_minor=None,
            sum_minor=sum(one.amount for one in self.lines), difference_minor=None, lines=len(self.lines), seen=0, taken_at=tx.now,
        )  # fmt: skip
        await queries.add_statement(tx.connection, statement)
        await queries.add_lines(tx.connection, statement, self.lines)
        await record_queries.save_records(tx.connection, self.account.id, self.records)

    async def run(self) -> Run:
        """A run to its end."""
        await run_now(self.runtime, self.account.id)
        async with self.runtime.reading() as connection:
            (run, *_) = await queries.list_runs(connection, self.account.id, None, 1)
        return run

    async def pairs(self) -> set[tuple[UUID, UUID, int]]:
        rows = await self._rows("SELECT line_id, record_id, rule FROM reconciliation_pairs")
        return {(row.line_id, row.record_id, row.rule) for row in rows}

    async def breaks(self) -> list[tuple[str, str, UUID | None, UUID | None, int]]:
        """Type, state, line, record, amount."""
        rows = await self._rows("SELECT * FROM reconciliation_breaks ORDER BY type, id")
        return [(row.type, row.state, row.line_id, row.record_id, row.amount) for row in rows]

    async def _rows(self, statement: str) -> Sequence[Any]:
        async with self.runtime.reading() as connection:
            return (await connection.execute(text(statement))).all()

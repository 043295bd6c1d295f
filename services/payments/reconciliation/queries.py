"""Accounts, mappings, statement files and their lines, runs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.reconciliation.model import (
    Columns,
    Form,
    Gap,
    Line,
    Mapping,
    ReconciledAccount,
    Run,
    Statement,
    StatementFile,
    StatementKind,
)
from services.payments.reconciliation.tables import (
    reconciliation_accounts,
    reconciliation_mappings,
    reconciliation_pairs,
    reconciliation_runs,
    statement_confirmations,
    statement_files,
    statement_lines,
    statements,
)

_ADD_LINES = text("""INSERT INTO statement_lines (id, account_id, statement_id, number, identity, occurrence, repeated, amount, value_on,
        booked_on, servicer_reference, reference, match_key, description, words)
    SELECT id, :account_id, :statement_id, number, identity, occurrence, repeated, amount, value_on, booked_on, servicer_reference,
        reference, match_key, description, string_to_array(words, ' ')
    FROM unnest(CAST(:id AS uuid[]), CAST(:number AS integer[]), CAST(:identity AS text[]), CAST(:occurrence AS integer[]),
        CAST(:repeated AS boolean[]), CAST(:amount AS bigint[]), CAST(:value_on AS date[]), CAST(:booked_on AS date[]),
        CAST(:servicer_reference AS text[]), CAST(:reference AS text[]), CAST(:match_key AS text[]), CAST(:description AS text[]),
        CAST(:words AS text[])) AS line(id, number, identity, occurrence, repeated, amount, value_on, booked_on, servicer_reference,
        reference, match_key, description, words)""")
_ADDED = (
    "id", "number", "identity", "occurrence", "repeated", "amount", "value_on", "booked_on", "servicer_reference", "reference",
    "match_key", "description",
)  # fmt: skip
_KNOWN = text("""SELECT known.id, known.identity, known.occurrence,
        first.kind = 'statement' OR EXISTS (SELECT FROM statement_confirmations AS again WHERE again.line_id = known.id) AS stated
    FROM unnest(CAST(:identities AS text[]), CAST(:occurrences AS integer[])) AS asked(identity, occurrence)
    JOIN statement_lines AS known ON known.account_id = :account_id AND known.identity = asked.identity
        AND known.occurrence = asked.occurrence
    JOIN statements AS first ON first.id = known.statement_id""")

# Notifications and tables without balances say nothing of what was between; of two that show the same day neither follows the other.
_GAPS = text("""SELECT earlier_id, id AS later_id, ended_on, from_on AS begins_on, closing_minor, opening_minor FROM (
        SELECT id, from_on, opening_minor, lag(id) OVER turn AS earlier_id, lag(until_on) OVER turn AS ended_on,
            lag(closing_minor) OVER turn AS closing_minor
        FROM statements WHERE account_id = :account_id AND kind = 'statement' AND opening_minor IS NOT NULL
        WINDOW turn AS (ORDER BY from_on, until_on, id)
    ) AS following
    WHERE from_on > ended_on AND opening_minor <> closing_minor AND (CAST(:after AS date) IS NULL OR from_on > :after)
    ORDER BY from_on LIMIT :limit""")


async def add_account(connection: AsyncConnection, account: ReconciledAccount) -> None:
    await connection.execute(insert(reconciliation_accounts).values(asdict(account)))


async def account_with(
    connection: AsyncConnection, account_id: UUID, *, lock: bool = False
) -> ReconciledAccount | None:
    """lock: one story at a time takes in statements of an account, or matches them."""
    statement = select(reconciliation_accounts).where(reconciliation_accounts.c.id == account_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else ReconciledAccount(**row._mapping)


async def account_at(connection: AsyncConnection, bank: str, currency: str) -> ReconciledAccount | None:
    table = reconciliation_accounts
    statement = select(table).where(table.c.bank == bank, table.c.currency == currency)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else ReconciledAccount(**row._mapping)


async def list_accounts(connection: AsyncConnection, before: UUID | None, limit: int) -> list[ReconciledAccount]:
    """Newest first."""
    rows = await connection.execute(
        _newest(select(reconciliation_accounts), reconciliation_accounts.c.id, before, limit)
    )
    return [ReconciledAccount(**row._mapping) for row in rows]


async def mark_fetched(connection: AsyncConnection, account_id: UUID, day: date) -> None:
    """Never back."""
    table = reconciliation_accounts
    later = or_(table.c.fetched_on.is_(None), table.c.fetched_on < day)
    await connection.execute(update(table).where(table.c.id == account_id, later).values(fetched_on=day))


async def add_mapping(connection: AsyncConnection, values: dict[str, Any]) -> None:
    await connection.execute(insert(reconciliation_mappings).values(values))


async def mapping_named(connection: AsyncConnection, name: str) -> Mapping | None:
    table = reconciliation_mappings
    document = (await connection.execute(select(table.c.document).where(table.c.name == name))).scalar_one_or_none()
    return None if document is None else Mapping(**document | {"columns": Columns(**document["columns"])})


async def file_hashed(connection: AsyncConnection, account_id: UUID, digest: str) -> StatementFile | None:
    table = statement_files
    statement = select(table).where(table.c.account_id == account_id, table.c.hash == digest)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else StatementFile(**dict(row._mapping) | {"form": Form(row.form)})


async def add_file(connection: AsyncConnection, file: StatementFile) -> None:
    await connection.execute(insert(statement_files).values(asdict(file)))


async def statements_in(connection: AsyncConnection, file_id: UUID) -> list[Statement]:
    statement = select(statements).where(statements.c.file_id == file_id).order_by(statements.c.id)
    return [_statement(row) for row in await connection.execute(statement)]


async def statement_with(connection: AsyncConnection, statement_id: UUID) -> Statement | None:
    row = (await connection.execute(select(statements).where(statements.c.id == statement_id))).one_or_none()
    return None if row is None else _statement(row)


async def list_statements(
    connection: AsyncConnection, account_id: UUID | None, before: UUID | None, limit: int
) -> list[Statement]:
    """Newest first."""
    chosen = select(statements)
    if account_id is not None:
        chosen = chosen.where(statements.c.account_id == account_id)
    rows = await connection.execute(_newest(chosen, statements.c.id, before, limit))
    return [_statement(row) for row in rows]


async def spans_near(
    connection: AsyncConnection, account_id: UUID, since: date, until: date
) -> list[tuple[date, date]]:
    """Days of the account's statements that touch some days."""
    rows = await connection.execute(
        select(statements.c.from_on, statements.c.until_on).where(
            _stated(account_id), statements.c.until_on >= since, statements.c.from_on <= until
        )
    )
    return [(row.from_on, row.until_on) for row in rows]


async def statement_numbered(connection: AsyncConnection, account_id: UUID, number: str, from_on: date) -> bool:
    same = and_(_stated(account_id), statements.c.number == number, statements.c.from_on == from_on)
    return bool((await connection.execute(select(exists().where(same)))).scalar_one())


async def gaps(connection: AsyncConnection, account_id: UUID, after: date | None, limit: int) -> list[Gap]:
    """Oldest first. after: the day on which the later one of a gap begins."""
    rows = await connection.execute(_GAPS, {"account_id": account_id, "after": after, "limit": limit})
    return [Gap(**row._mapping) for row in rows]


async def add_statement(connection: AsyncConnection, statement: Statement) -> None:
    await connection.execute(insert(statements).values(asdict(statement)))


async def known_lines(
    connection: AsyncConnection, account_id: UUID, keys: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], tuple[UUID, bool]]:
    """Of lines by identity and occurrence, those that are known: with their id, and whether a statement has shown them."""
    told = {
        "account_id": account_id,
        "identities": [identity for identity, _ in keys],
        "occurrences": [occurrence for _, occurrence in keys],
    }
    rows = await connection.execute(_KNOWN, told)
    return {(row.identity, row.occurrence): (row.id, row.stated) for row in rows}


async def last_occurrences(connection: AsyncConnection, account_id: UUID, identities: Sequence[str]) -> dict[str, int]:
    """The highest that is known of each identity."""
    line = statement_lines.c
    chosen = select(line.identity, func.max(line.occurrence).label("occurrence"))
    chosen = chosen.where(line.account_id == account_id, line.identity.in_(identities)).group_by(line.identity)
    return {row.identity: row.occurrence for row in await connection.execute(chosen)}


async def add_lines(connection: AsyncConnection, statement: Statement, lines: Sequence[Line]) -> None:
    """All of a statement at once."""
    if lines:
        columns: dict[str, object] = {name: [getattr(line, name) for line in lines] for name in _ADDED}
        columns["words"] = [" ".join(line.words) for line in lines]
        told = columns | {"account_id": statement.account_id, "statement_id": statement.id}
        await connection.execute(_ADD_LINES, told)


async def confirm_lines(connection: AsyncConnection, statement_id: UUID, line_ids: Sequence[UUID]) -> None:
    if line_ids:
        rows = [{"line_id": line_id, "statement_id": statement_id} for line_id in line_ids]
        await connection.execute(insert(statement_confirmations), rows)


async def line_with(connection: AsyncConnection, line_id: UUID) -> Line | None:
    row = (await connection.execute(select(statement_lines).where(statement_lines.c.id == line_id))).one_or_none()
    return None if row is None else _line(row)


async def lines_of(connection: AsyncConnection, statement_id: UUID, after: int, limit: int) -> list[tuple[Line, bool]]:
    """In the order of the statement; whether each has its pair."""
    paired = exists().where(reconciliation_pairs.c.line_id == statement_lines.c.id)
    statement = (
        select(statement_lines, paired.label("paired"))
        .where(statement_lines.c.statement_id == statement_id, statement_lines.c.number > after)
        .order_by(statement_lines.c.number)
        .limit(limit)
    )
    found = []
    for row in await connection.execute(statement):
        values = dict(row._mapping)
        is_paired = values.pop("paired")
        found.append((Line(**values | {"words": tuple(row.words)}), is_paired))
    return found


async def add_run(connection: AsyncConnection, run: Run) -> None:
    await connection.execute(insert(reconciliation_runs).values(asdict(run)))


async def save_run(connection: AsyncConnection, run: Run) -> None:
    values = asdict(run)
    await connection.execute(
        update(reconciliation_runs).where(reconciliation_runs.c.id == values.pop("id")).values(values)
    )


async def run_with(connection: AsyncConnection, run_id: UUID) -> Run | None:
    row = (
        await connection.execute(select(reconciliation_runs).where(reconciliation_runs.c.id == run_id))
    ).one_or_none()
    return None if row is None else Run(**row._mapping)


async def list_runs(connection: AsyncConnection, account_id: UUID, before: UUID | None, limit: int) -> list[Run]:
    """Newest first."""
    chosen = select(reconciliation_runs).where(reconciliation_runs.c.account_id == account_id)
    rows = await connection.execute(_newest(chosen, reconciliation_runs.c.id, before, limit))
    return [Run(**row._mapping) for row in rows]


def _newest(chosen: Select[Any], key: ColumnElement[UUID], before: UUID | None, limit: int) -> Select[Any]:
    if before is not None:
        chosen = chosen.where(key < before)
    return chosen.order_by(key.desc()).limit(limit)


def _stated(account_id: UUID) -> ColumnElement[bool]:
    return and_(statements.c.account_id == account_id, statements.c.kind == StatementKind.STATEMENT)


def _statement(row: Row[Any]) -> Statement:
    return Statement(**dict(row._mapping) | {"kind": StatementKind(row.kind)})


def _line(row: Row[Any]) -> Line:
    return Line(**dict(row._mapping) | {"words": tuple(row.words)})

"""The SQL of running loans."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.running_loans.model import Explained, Explanation, RunningLoan, Standing, Tally
from services.p2p.running_loans.tables import running_loans

_STANDING = [one.name for one in fields(Standing)]
_EXPLANATION = [one.name for one in fields(Explanation)]


async def hashes(connection: AsyncConnection, source: str, rows: Sequence[str]) -> dict[str, bytes]:
    """What stood in the source's rows when they were imported."""
    wanted = select(running_loans.c.source_row, running_loans.c.source_hash).where(
        running_loans.c.source == source, running_loans.c.source_row.in_(rows)
    )
    return {row.source_row: row.source_hash for row in await connection.execute(wanted)}


async def add(connection: AsyncConnection, found: Sequence[RunningLoan]) -> int:
    """How many were new; those already here are left as they are."""
    if not found:
        return 0
    statement = upsert(running_loans).values([_values(one) for one in found]).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount


async def load(connection: AsyncConnection, running_loan_id: UUID) -> RunningLoan | None:
    wanted = select(running_loans).where(running_loans.c.id == running_loan_id)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _running_loan(row)


async def find(
    connection: AsyncConnection, *, source: str, explained: str | None, after: UUID, limit: int
) -> list[RunningLoan]:
    """By id, at most limit + 1."""
    wanted = select(running_loans).where(running_loans.c.source == source, running_loans.c.id > after)
    if explained is not None:
        wanted = wanted.where(running_loans.c.explained == explained)
    found = await connection.execute(wanted.order_by(running_loans.c.id).limit(limit + 1))
    return [_running_loan(row) for row in found]


async def tally(connection: AsyncConnection, source: str, usual: tuple[int, int]) -> Tally:
    table = running_loans.c

    def counted(explained: Explained) -> Any:
        return func.count().filter(table.explained == explained.value)

    wanted = select(
        func.count(),
        counted(Explained.BY_INSTALMENTS),
        counted(Explained.WITH_EXTRA),
        counted(Explained.SETTLED),
        counted(Explained.WRITTEN_OFF),
        func.coalesce(func.max(func.abs(table.difference_minor)), 0),
        func.count(table.odd_days),
        func.count().filter(table.odd_days.between(*usual)),
        func.coalesce(func.sum(table.extra_minor), 0),
        func.coalesce(func.sum(table.balance_minor), 0),
    ).where(table.source == source)
    return Tally(*map(int, (await connection.execute(wanted)).one()))


def _values(one: RunningLoan) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in ("id", "source", "source_row", "source_hash", "imported_at")}
    told = asdict(one.standing) | asdict(one.explanation)
    return values | told | {"explained": one.explanation.explained.value}


def _running_loan(row: Any) -> RunningLoan:
    values = dict(row._mapping)
    standing = Standing(**{name: values[name] for name in _STANDING})
    explanation = Explanation(**{name: values[name] for name in _EXPLANATION} | {"explained": Explained(row.explained)})
    return RunningLoan(
        row.id, row.source, row.source_row, bytes(row.source_hash), standing, explanation, row.imported_at
    )

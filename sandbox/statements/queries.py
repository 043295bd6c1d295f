"""The SQL behind statements: each about the one institution that is named."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Row, case, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.bank.model import Account
from sandbox.bank.tables import BOOKS
from sandbox.statements.model import Fault, FaultKind, Line

MOST_LINES = 100_000


async def lines_of(connection: AsyncConnection, account: Account, since: date, until: date) -> list[Line]:
    """Bookings of an account by business day, both ends included, in the order of the books."""
    entries = BOOKS[account.bank].entries
    statement = (
        select(entries, _signed(account).label("signed"))
        .where(_touches(account), entries.c.value_on.between(since, until))
        .order_by(entries.c.position)
        .limit(MOST_LINES)
    )
    return [_line(row) for row in await connection.execute(statement)]


async def balance_before(connection: AsyncConnection, account: Account, day: date) -> int:
    entries = BOOKS[account.bank].entries
    total = func.coalesce(func.sum(_signed(account)), 0).cast(BigInteger)
    statement = select(total).where(_touches(account), entries.c.value_on < day)
    return int((await connection.execute(statement)).scalar_one())


async def faults_of(connection: AsyncConnection, bank: str, positions: Sequence[int]) -> list[Fault]:
    faults = BOOKS[bank].statement_faults
    statement = select(faults).where(faults.c.entry_position.in_(positions)).order_by(faults.c.entry_position)
    return [_fault(row) for row in await connection.execute(statement)]


async def all_faults(connection: AsyncConnection, bank: str, after: int, limit: int) -> list[Fault]:
    faults = BOOKS[bank].statement_faults
    statement = select(faults).where(faults.c.entry_position > after).order_by(faults.c.entry_position).limit(limit)
    return [_fault(row) for row in await connection.execute(statement)]


async def add_fault(connection: AsyncConnection, bank: str, fault: Fault) -> None:
    values = {"entry_position": fault.position, "kind": fault.kind, "amount_by": fault.amount_by}
    await connection.execute(insert(BOOKS[bank].statement_faults).values(values))


async def entries_referenced(connection: AsyncConnection, bank: str, reference: str) -> Sequence[Row[Any]]:
    """Every booking under a reference of ours, as the books have it."""
    entries = BOOKS[bank].entries
    statement = select(entries).where(entries.c.reference == reference).order_by(entries.c.position)
    return (await connection.execute(statement)).all()


def _touches(account: Account) -> ColumnElement[bool]:
    entries = BOOKS[account.bank].entries
    return or_(entries.c.debit_account_id == account.id, entries.c.credit_account_id == account.id)


def _signed(account: Account) -> ColumnElement[int]:
    entries = BOOKS[account.bank].entries
    account_id: UUID = account.id
    return case((entries.c.credit_account_id == account_id, entries.c.amount), else_=-entries.c.amount)


def _line(row: Row[Any]) -> Line:
    return Line(row.position, row.signed, row.code, row.reference, row.narrative, row.booked_at, row.value_on)


def _fault(row: Row[Any]) -> Fault:
    return Fault(row.entry_position, FaultKind(row.kind), row.amount_by)

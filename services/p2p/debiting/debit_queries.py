"""The SQL of debits under mandates."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.debiting.model import OPEN, DebitState, LoanDebit
from services.p2p.debiting.tables import loan_debits

_COLUMNS = [loan_debits.c[name] for name in LoanDebit.__slots__]
_OPEN = [state.value for state in OPEN]


async def add(connection: AsyncConnection, debit: LoanDebit) -> None:
    await connection.execute(insert(loan_debits).values(_values(debit)))


async def save(connection: AsyncConnection, debit: LoanDebit) -> None:
    await connection.execute(update(loan_debits).where(loan_debits.c.id == debit.id).values(_values(debit)))


async def load(connection: AsyncConnection, loan_debit_id: UUID, *, lock: bool = False) -> LoanDebit | None:
    wanted = select(*_COLUMNS).where(loan_debits.c.id == loan_debit_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _debit(row)


async def known_as(connection: AsyncConnection, debit_id: str) -> LoanDebit | None:
    """By its id at payments, `mdb_…`."""
    row = (await connection.execute(select(*_COLUMNS).where(loan_debits.c.debit_id == debit_id))).one_or_none()
    return None if row is None else _debit(row)


async def is_open(connection: AsyncConnection, loan_id: UUID) -> bool:
    wanted = select(loan_debits.c.id).where(loan_debits.c.loan_id == loan_id, loan_debits.c.state.in_(_OPEN))
    return (await connection.execute(wanted)).first() is not None


async def counted(connection: AsyncConnection, loan_id: UUID) -> int:
    wanted = select(func.count()).where(loan_debits.c.loan_id == loan_id)
    return int((await connection.execute(wanted)).scalar_one())


async def tried_since(connection: AsyncConnection, loan_id: UUID, day: date) -> list[date]:
    """Days on which a mandate of the loan was debited."""
    wanted = select(loan_debits.c.on_day).where(loan_debits.c.loan_id == loan_id, loan_debits.c.on_day >= day)
    return list((await connection.execute(wanted)).scalars())


async def of_loan(connection: AsyncConnection, loan_id: UUID, *, before: int | None, limit: int) -> list[LoanDebit]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).where(loan_debits.c.loan_id == loan_id)
    if before is not None:
        wanted = wanted.where(loan_debits.c.number < before)
    wanted = wanted.order_by(loan_debits.c.number.desc()).limit(limit + 1)
    return [_debit(row) for row in await connection.execute(wanted)]


async def due(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[UUID]:
    """Those to be looked at, the longest waiting first."""
    wanted = (
        select(loan_debits.c.id).where(loan_debits.c.due_at <= now).order_by(loan_debits.c.due_at, loan_debits.c.id)
    )
    return list((await connection.execute(wanted.limit(limit))).scalars())


def _values(debit: LoanDebit) -> dict[str, Any]:
    return asdict(debit) | {"state": debit.state.value}


def _debit(row: Any) -> LoanDebit:
    return LoanDebit(**dict(row._mapping) | {"state": DebitState(row.state)})

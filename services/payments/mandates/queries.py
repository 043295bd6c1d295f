from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.mandates.model import (
    COUNTED,
    WAITING,
    Debit,
    DebitState,
    Mandate,
    MandateState,
    Period,
    Source,
)
from services.payments.mandates.tables import mandate_debits, mandates


async def add_mandate(connection: AsyncConnection, mandate: Mandate) -> None:
    await connection.execute(insert(mandates).values(asdict(mandate)))


async def save_mandate(connection: AsyncConnection, mandate: Mandate) -> None:
    values = asdict(mandate)
    await connection.execute(update(mandates).where(mandates.c.id == values.pop("id")).values(values))


async def mandate_with(connection: AsyncConnection, mandate_id: UUID, *, lock: bool = False) -> Mandate | None:
    statement = select(mandates).where(mandates.c.id == mandate_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _mandate(row)


async def mandates_of(
    connection: AsyncConnection, customer_id: UUID | None, payee: str | None, before: UUID | None, limit: int
) -> list[Mandate]:
    """A customer's, a payee's, or everybody's; newest first."""
    statement = select(mandates)
    if customer_id is not None:
        statement = statement.where(mandates.c.customer_id == customer_id)
    if payee is not None:
        statement = statement.where(mandates.c.payee == payee)
    if before is not None:
        statement = statement.where(mandates.c.id < before)
    return [_mandate(row) for row in await connection.execute(statement.order_by(mandates.c.id.desc()).limit(limit))]


async def end_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Mandate]:
    """A slice of those not signed in time, or past their last day, in one statement."""
    due = (
        select(mandates.c.id)
        .where(mandates.c.due_at <= now)
        .order_by(mandates.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    unsigned = mandates.c.signed_at.is_(None)
    statement = (
        update(mandates)
        .where(mandates.c.id.in_(due.scalar_subquery()))
        .values(
            state=case((unsigned, MandateState.REFUSED), else_=MandateState.EXPIRED),
            refusal_code=case((unsigned, "not_signed"), else_=mandates.c.refusal_code),
            due_at=None,
            ended_at=now,
            ended_by="payments",
        )
        .returning(mandates)
    )
    return [_mandate(row) for row in await connection.execute(statement)]


async def add_debit(connection: AsyncConnection, debit: Debit) -> bool:
    """False if the mandate has one of this number."""
    result = await connection.execute(insert(mandate_debits).values(asdict(debit)).on_conflict_do_nothing())
    return result.rowcount == 1


async def save_debit(connection: AsyncConnection, debit: Debit) -> None:
    values = asdict(debit)
    await connection.execute(update(mandate_debits).where(mandate_debits.c.id == values.pop("id")).values(values))


async def debit_with(connection: AsyncConnection, debit_id: UUID, *, lock: bool = False) -> Debit | None:
    statement = select(mandate_debits).where(mandate_debits.c.id == debit_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _debit(row)


async def counted_in(
    connection: AsyncConnection, mandate_id: UUID, first: date, last: date, *, without: UUID | None = None
) -> int:
    """What was debited under a mandate, or is planned, from one day to another; of a mandate that is locked."""
    table = mandate_debits
    statement = select(func.coalesce(func.sum(table.c.amount), 0)).where(
        table.c.mandate_id == mandate_id, table.c.counted_on.between(first, last), table.c.state.in_(COUNTED)
    )
    if without is not None:
        statement = statement.where(table.c.id != without)
    return int((await connection.execute(statement)).scalar_one())


async def cancel_waiting(connection: AsyncConnection, mandate_ids: list[UUID], code: str, now: datetime) -> list[Debit]:
    """Every debit of these mandates that has not gone to a bank or moved, in one statement."""
    table = mandate_debits
    statement = (
        update(table)
        .where(table.c.mandate_id.in_(mandate_ids), table.c.state.in_(WAITING))
        .values(state=DebitState.CANCELLED, failure_code=code, due_at=None, ended_at=now)
        .returning(table)
    )
    return [_debit(row) for row in await connection.execute(statement)]


async def due_debits(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    table = mandate_debits
    statement = select(table.c.id).where(table.c.due_at <= now).order_by(table.c.due_at, table.c.id).limit(limit)
    return list((await connection.execute(statement)).scalars())


async def debits_of(connection: AsyncConnection, mandate_id: UUID, before: UUID | None, limit: int) -> list[Debit]:
    """Newest first."""
    statement = select(mandate_debits).where(mandate_debits.c.mandate_id == mandate_id)
    if before is not None:
        statement = statement.where(mandate_debits.c.id < before)
    rows = await connection.execute(statement.order_by(mandate_debits.c.id.desc()).limit(limit))
    return [_debit(row) for row in rows]


def _mandate(row: Row[Any]) -> Mandate:
    kinds = {
        "period": Period(row.period),
        "state": MandateState(row.state),
        "source": None if row.source is None else Source(row.source),
    }
    return Mandate(**dict(row._mapping) | kinds)


def _debit(row: Row[Any]) -> Debit:
    return Debit(**dict(row._mapping) | {"state": DebitState(row.state)})

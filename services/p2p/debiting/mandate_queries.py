"""The SQL of mandates for repayment."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.debiting.model import LIVE, MandateState, RepaymentMandate
from services.p2p.debiting.tables import repayment_mandates
from services.p2p.loans.model import OWED
from services.p2p.loans.tables import loans

_COLUMNS = [repayment_mandates.c[name] for name in RepaymentMandate.__slots__]


async def add(connection: AsyncConnection, mandate: RepaymentMandate) -> None:
    await connection.execute(insert(repayment_mandates).values(_values(mandate)))


async def save(connection: AsyncConnection, mandate: RepaymentMandate) -> None:
    changed = update(repayment_mandates).where(repayment_mandates.c.id == mandate.id)
    await connection.execute(changed.values(_values(mandate)))


async def load(
    connection: AsyncConnection, repayment_mandate_id: UUID, *, lock: bool = False
) -> RepaymentMandate | None:
    wanted = select(*_COLUMNS).where(repayment_mandates.c.id == repayment_mandate_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _mandate(row)


async def live(connection: AsyncConnection, loan_id: UUID) -> RepaymentMandate | None:
    """That by which a loan is repaid, or is to be; there is at most one."""
    states = [state.value for state in LIVE]
    wanted = select(*_COLUMNS).where(repayment_mandates.c.loan_id == loan_id, repayment_mandates.c.state.in_(states))
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _mandate(row)


async def of_loan(
    connection: AsyncConnection, loan_id: UUID, *, before: UUID | None, limit: int
) -> list[RepaymentMandate]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).where(repayment_mandates.c.loan_id == loan_id)
    if before is not None:
        wanted = wanted.where(repayment_mandates.c.id < before)
    wanted = wanted.order_by(repayment_mandates.c.id.desc()).limit(limit + 1)
    return [_mandate(row) for row in await connection.execute(wanted)]


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[RepaymentMandate]:
    """Those whose time has come: to be asked for, looked at a last time, or given up at payments."""
    wanted = select(*_COLUMNS).where(repayment_mandates.c.due_at <= now).order_by(repayment_mandates.c.due_at)
    return [_mandate(row) for row in await connection.execute(wanted.limit(limit))]


async def without_debt(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Live ones of loans on which nothing is owed any more."""
    states = [state.value for state in LIVE]
    wanted = (
        select(repayment_mandates.c.id)
        .join(loans, loans.c.id == repayment_mandates.c.loan_id)
        .where(repayment_mandates.c.state.in_(states), loans.c.state.not_in(OWED))
        .limit(limit)
    )
    return list((await connection.execute(wanted)).scalars())


def _values(mandate: RepaymentMandate) -> dict[str, Any]:
    return asdict(mandate) | {"state": mandate.state.value}


def _mandate(row: Any) -> RepaymentMandate:
    return RepaymentMandate(**dict(row._mapping) | {"state": MandateState(row.state)})

"""The SQL of chargebacks and their debts."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.chargebacks.model import (
    Chargeback,
    ChargebackKind,
    ChargebackState,
    Debt,
    DebtRole,
    DebtState,
    Payer,
)
from services.p2p.chargebacks.tables import chargeback_debts, chargebacks
from services.p2p.debiting.tables import loan_debits

_COLUMNS = [chargebacks.c[name] for name in Chargeback.__slots__]
_DEBT = [chargeback_debts.c[name] for name in Debt.__slots__]


async def add(connection: AsyncConnection, chargeback: Chargeback) -> bool:
    """False if it was noted before."""
    statement = insert(chargebacks).values(_values(chargeback)).on_conflict_do_nothing(index_elements=["source"])
    return (await connection.execute(statement)).rowcount == 1


async def load(connection: AsyncConnection, chargeback_id: UUID, *, lock: bool = False) -> Chargeback | None:
    wanted = select(*_COLUMNS).where(chargebacks.c.id == chargeback_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _chargeback(row)


async def save(connection: AsyncConnection, chargeback: Chargeback) -> None:
    statement = update(chargebacks).where(chargebacks.c.id == chargeback.id)
    await connection.execute(statement.values(_values(chargeback)))


async def find(
    connection: AsyncConnection, *, project_id: UUID | None, state: str | None, before: UUID | None, limit: int
) -> list[Chargeback]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(chargebacks.c.id.desc()).limit(limit + 1)
    for column, value in (("project_id", project_id), ("state", state)):
        if value is not None:
            wanted = wanted.where(chargebacks.c[column] == value)
    if before is not None:
        wanted = wanted.where(chargebacks.c.id < before)
    return [_chargeback(row) for row in await connection.execute(wanted)]


async def made_up(connection: AsyncConnection, loan_debit_id: UUID) -> int:
    """What of chargebacks of a debit was made up by its repayment that was taken back; minor units."""
    wanted = select(func.coalesce(func.sum(chargebacks.c.borne_minor), 0)).where(
        chargebacks.c.loan_debit_id == loan_debit_id
    )
    return int((await connection.execute(wanted)).scalar_one())


async def leave_a_debt(connection: AsyncConnection, repayment_id: UUID) -> bool:
    """Whether something that was taken back of a repayment's debit was not made up by that repayment: its borrower owes it, or did."""
    wanted = (
        select(chargebacks.c.id)
        .join(loan_debits, loan_debits.c.id == chargebacks.c.loan_debit_id)
        .where(
            loan_debits.c.repayment_id == repayment_id,
            chargebacks.c.borne_minor < chargebacks.c.amount_minor + chargebacks.c.fee_minor,
        )
    )
    return (await connection.execute(wanted.limit(1))).first() is not None


async def noted_due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(chargebacks.c.id).where(chargebacks.c.due_at <= now).order_by(chargebacks.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def debits_taken_back(connection: AsyncConnection, debit_ids: Iterable[str]) -> set[str]:
    """Of these debits of payments, those of which something was taken back."""
    wanted = select(chargebacks.c.debit_id).where(chargebacks.c.debit_id.in_(list(debit_ids)))
    return set((await connection.execute(wanted)).scalars())


async def add_debt(connection: AsyncConnection, debt: Debt) -> None:
    await connection.execute(insert(chargeback_debts).values(_debt_values(debt)))


async def load_debt(connection: AsyncConnection, debt_id: UUID, *, lock: bool = False) -> Debt | None:
    wanted = select(*_DEBT).where(chargeback_debts.c.id == debt_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _debt(row)


async def save_debt(connection: AsyncConnection, debt: Debt) -> None:
    statement = update(chargeback_debts).where(chargeback_debts.c.id == debt.id)
    await connection.execute(statement.values(_debt_values(debt)))


async def find_debts(
    connection: AsyncConnection,
    *,
    debtor: str | None,
    project_id: UUID | None,
    state: str | None,
    before: UUID | None,
    limit: int,
) -> list[Debt]:
    """Newest first, at most limit + 1."""
    wanted = select(*_DEBT).order_by(chargeback_debts.c.id.desc()).limit(limit + 1)
    for column, value in (("debtor", debtor), ("project_id", project_id), ("state", state)):
        if value is not None:
            wanted = wanted.where(chargeback_debts.c[column] == value)
    if before is not None:
        wanted = wanted.where(chargeback_debts.c.id < before)
    return [_debt(row) for row in await connection.execute(wanted)]


async def debts_due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    debts = chargeback_debts
    wanted = select(debts.c.id).where(debts.c.due_at <= now).order_by(debts.c.due_at, debts.c.id).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(chargeback: Chargeback) -> dict[str, Any]:
    return asdict(chargeback) | {"kind": chargeback.kind.value, "state": chargeback.state.value}


def _chargeback(row: Any) -> Chargeback:
    kinds = {"kind": ChargebackKind(row.kind), "state": ChargebackState(row.state)}
    return Chargeback(**dict(row._mapping) | kinds)


def _debt_values(debt: Debt) -> dict[str, Any]:
    payer = debt.trying_payer.value if debt.trying_payer else None
    return asdict(debt) | {"role": debt.role.value, "state": debt.state.value, "trying_payer": payer}


def _debt(row: Any) -> Debt:
    payer = Payer(row.trying_payer) if row.trying_payer else None
    kinds = {"role": DebtRole(row.role), "state": DebtState(row.state), "trying_payer": payer}
    return Debt(**dict(row._mapping) | kinds)

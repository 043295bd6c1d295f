from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.ledger.tables import ledger_accounts, ledger_kept_amounts
from services.payments.receivables.model import LIVE, Cause, Receivable, ReceivableState
from services.payments.receivables.tables import company_accounts, receivables

_LOCK_ACCOUNTS = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.company_accounts', 0))")


async def add_receivable(connection: AsyncConnection, receivable: Receivable) -> None:
    await connection.execute(insert(receivables).values(asdict(receivable)))


async def save_receivable(connection: AsyncConnection, receivable: Receivable) -> None:
    values = asdict(receivable)
    await connection.execute(update(receivables).where(receivables.c.id == values.pop("id")).values(values))


async def receivable_with(connection: AsyncConnection, receivable_id: UUID, *, lock: bool = False) -> Receivable | None:
    statement = select(receivables).where(receivables.c.id == receivable_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _receivable(row)


async def lock_live(connection: AsyncConnection, account_id: UUID) -> list[Receivable]:
    """What an account owes, the oldest first, locked."""
    statement = (
        select(receivables)
        .where(receivables.c.account_id == account_id, receivables.c.state.in_(LIVE))
        .order_by(receivables.c.incurred_at, receivables.c.id)
        .with_for_update()
    )
    return [_receivable(row) for row in await connection.execute(statement)]


async def owed_by(connection: AsyncConnection, account_id: UUID) -> int:
    outstanding = receivables.c.amount - receivables.c.repaid - receivables.c.written_off
    statement = select(func.coalesce(func.sum(outstanding), 0)).where(
        receivables.c.account_id == account_id, receivables.c.state.in_(LIVE)
    )
    return int((await connection.execute(statement)).scalar_one())


async def accounts_to_collect(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Accounts that owe something and have something that may be taken."""
    account, kept = ledger_accounts, ledger_kept_amounts
    free = (
        account.c.credits_posted
        - account.c.debits_posted
        - account.c.debits_pending
        - account.c.frozen_amount
        + func.coalesce(kept.c.amount, 0)
    )
    owing = select(receivables.c.account_id).where(receivables.c.ended_at.is_(None)).distinct()
    statement = (
        select(account.c.id)
        .outerjoin(kept, kept.c.account_id == account.c.id)
        .where(account.c.id.in_(owing), ~account.c.frozen, free > 0)
        .order_by(account.c.id)
        .limit(limit)
    )
    return list((await connection.execute(statement)).scalars())


async def mark_overdue(connection: AsyncConnection, now: datetime, limit: int) -> list[Receivable]:
    """A slice of those whose deadline has passed, in one statement."""
    late = (
        select(receivables.c.id)
        .where(receivables.c.state == ReceivableState.OPEN, receivables.c.due_at <= now)
        .order_by(receivables.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(receivables)
        .where(receivables.c.id.in_(late.scalar_subquery()))
        .values(state=ReceivableState.OVERDUE)
        .returning(receivables)
    )
    return [_receivable(row) for row in await connection.execute(statement)]


async def receivables_of(
    connection: AsyncConnection, owner: str | None, state: ReceivableState | None, before: UUID | None, limit: int
) -> list[Receivable]:
    """A party's, or everybody's; newest first."""
    statement = select(receivables)
    if owner is not None:
        statement = statement.where(receivables.c.owner == owner)
    if state is not None:
        statement = statement.where(receivables.c.state == state)
    if before is not None:
        statement = statement.where(receivables.c.id < before)
    rows = await connection.execute(statement.order_by(receivables.c.id.desc()).limit(limit))
    return [_receivable(row) for row in rows]


async def company_account(connection: AsyncConnection, kind: str, currency: str) -> UUID | None:
    statement = select(company_accounts.c.account_id).where(
        company_accounts.c.kind == kind, company_accounts.c.currency == currency
    )
    return (await connection.execute(statement)).scalar_one_or_none()


async def lock_company_accounts(connection: AsyncConnection) -> None:
    """Opened one at a time, so that there is one of each kind and currency."""
    await connection.execute(_LOCK_ACCOUNTS)


async def add_company_account(connection: AsyncConnection, kind: str, currency: str, account_id: UUID) -> None:
    values = {"kind": kind, "currency": currency, "account_id": account_id}
    await connection.execute(insert(company_accounts).values(values))


def _receivable(row: Row[Any]) -> Receivable:
    return Receivable(**dict(row._mapping) | {"state": ReceivableState(row.state), "cause": Cause(row.cause)})

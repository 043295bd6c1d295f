from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.passes.model import OPEN, Pass, PassState
from services.payments.passes.tables import clearing_accounts, passes

_LOCK_CLEARING = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.clearing_accounts', 0))")


async def add_pass(connection: AsyncConnection, one: Pass) -> None:
    await connection.execute(insert(passes).values(asdict(one)))


async def save_pass(connection: AsyncConnection, one: Pass) -> None:
    values = asdict(one)
    await connection.execute(update(passes).where(passes.c.id == values.pop("id")).values(values))


async def pass_with(connection: AsyncConnection, pass_id: UUID, *, lock: bool = False) -> Pass | None:
    statement = select(passes).where(passes.c.id == pass_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _pass(row)


async def passes_of(connection: AsyncConnection, owner: str | None, before: UUID | None, limit: int) -> list[Pass]:
    """An owner's passes, or everybody's; newest first."""
    statement = select(passes)
    if owner is not None:
        statement = statement.where(passes.c.owner == owner)
    if before is not None:
        statement = statement.where(passes.c.id < before)
    return [_pass(row) for row in await connection.execute(statement.order_by(passes.c.id.desc()).limit(limit))]


async def left_half_done(connection: AsyncConnection, before: datetime, limit: int) -> list[UUID]:
    """Passes under way since before an instant, the oldest first."""
    table = passes
    statement = select(table.c.id).where(table.c.state.in_(OPEN), table.c.requested_at < before)
    return list((await connection.execute(statement.order_by(table.c.requested_at).limit(limit))).scalars())


async def clearing_account(connection: AsyncConnection, book_id: int, other_book_id: int, currency: str) -> UUID | None:
    table = clearing_accounts
    mine = (table.c.book_id == book_id, table.c.other_book_id == other_book_id, table.c.currency == currency)
    return (await connection.execute(select(table.c.account_id).where(*mine))).scalar_one_or_none()


async def lock_clearing(connection: AsyncConnection) -> None:
    """Clearing accounts are opened one at a time, so that no pair of books gets two."""
    await connection.execute(_LOCK_CLEARING)


async def add_clearing_account(
    connection: AsyncConnection, book_id: int, other_book_id: int, currency: str, account_id: UUID
) -> None:
    values = {"book_id": book_id, "other_book_id": other_book_id, "currency": currency, "account_id": account_id}
    await connection.execute(insert(clearing_accounts).values(values))


def _pass(row: Row[Any]) -> Pass:
    return Pass(**dict(row._mapping) | {"state": PassState(row.state)})

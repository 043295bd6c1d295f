from dataclasses import asdict
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.ledger.model import book_of
from services.payments.reversals.model import MOST_PARTS, Reversal
from services.payments.reversals.tables import ledger_reversals

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.ledger_reversals ' || CAST(:id AS text), 0))")


async def lock_reversals(connection: AsyncConnection, reversed_id: UUID) -> None:
    """A transfer is reversed by one at a time. (Its row cannot be locked: the service may not update it.)"""
    await connection.execute(_LOCK, {"id": str(reversed_id)})


async def reversals_of(connection: AsyncConnection, reversed_id: UUID) -> tuple[Reversal, ...]:
    """What has taken a transfer back, part by part."""
    table = ledger_reversals
    mine = (table.c.book_id == book_of(reversed_id), table.c.reversed_id == reversed_id)
    rows = await connection.execute(select(*_COLUMNS).where(*mine).order_by(table.c.part).limit(MOST_PARTS))
    return tuple(Reversal(*row) for row in rows)


async def reversal_with(connection: AsyncConnection, transfer_id: UUID) -> Reversal | None:
    """What a transfer takes back, if it takes back anything."""
    table = ledger_reversals
    mine = (table.c.book_id == book_of(transfer_id), table.c.transfer_id == transfer_id)
    row = (await connection.execute(select(*_COLUMNS).where(*mine))).one_or_none()
    return None if row is None else Reversal(*row)


async def add_reversal(connection: AsyncConnection, made: Reversal) -> None:
    values = asdict(made) | {"book_id": book_of(made.transfer_id)}
    await connection.execute(insert(ledger_reversals).values(values))


_COLUMNS = [ledger_reversals.c[name] for name in ("transfer_id", "reversed_id", "part", "amount", "rest")]

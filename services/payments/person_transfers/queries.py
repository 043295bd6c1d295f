from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.person_transfers.model import Arrival, PersonTransfer, PersonTransferState
from services.payments.person_transfers.tables import person_transfers

_CHANGED = ("state", "failure_code", "transfer_id", "ended_at")


async def add_transfer(connection: AsyncConnection, transfer: PersonTransfer) -> None:
    await connection.execute(insert(person_transfers).values(asdict(transfer)))


async def transfer_with(connection: AsyncConnection, transfer_id: UUID, *, lock: bool = False) -> PersonTransfer | None:
    statement = select(person_transfers).where(person_transfers.c.id == transfer_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _transfer(row)


async def save_ended(connection: AsyncConnection, ended: Sequence[PersonTransfer]) -> None:
    """What became of them, in one statement."""
    if ended:
        statement = update(person_transfers).where(person_transfers.c.id == bindparam("key"))
        rows = [{"key": one.id} | {name: getattr(one, name) for name in _CHANGED} for one in ended]
        await connection.execute(statement, rows)


async def lock_due(connection: AsyncConnection, now: datetime, limit: int) -> list[PersonTransfer]:
    """Those that arrive now and that nobody is changing at this moment, under lock."""
    pending = person_transfers.c.state == PersonTransferState.PENDING
    due = select(person_transfers).where(pending, person_transfers.c.due_at <= now)
    rows = await connection.execute(
        due.order_by(person_transfers.c.due_at).limit(limit).with_for_update(skip_locked=True)
    )
    return [_transfer(row) for row in rows]


async def transfers_of(
    connection: AsyncConnection, customer_id: UUID | None, *, sent: bool | None, before: UUID | None, limit: int
) -> list[PersonTransfer]:
    """What a customer sent, what she received, or both; everybody's without one. Newest first."""
    statement = select(person_transfers)
    if customer_id is not None:
        payer, payee = person_transfers.c.payer_id == customer_id, person_transfers.c.payee_id == customer_id
        statement = statement.where(or_(payer, payee) if sent is None else (payer if sent else payee))
    if before is not None:
        statement = statement.where(person_transfers.c.id < before)
    rows = await connection.execute(statement.order_by(person_transfers.c.id.desc()).limit(limit))
    return [_transfer(row) for row in rows]


def _transfer(row: Row[Any]) -> PersonTransfer:
    states = {"state": PersonTransferState(row.state), "arrival": Arrival(row.arrival)}
    return PersonTransfer(**dict(row._mapping) | states)

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.card_returns.model import CardReturn, CardReturnState, ReturnReason
from services.payments.card_returns.tables import card_returns


async def add_return(connection: AsyncConnection, card_return: CardReturn) -> None:
    await connection.execute(insert(card_returns).values(asdict(card_return)))


async def return_with(connection: AsyncConnection, return_id: UUID, *, lock: bool = False) -> CardReturn | None:
    statement = select(card_returns).where(card_returns.c.id == return_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _return(row)


async def save_return(connection: AsyncConnection, card_return: CardReturn) -> None:
    values = asdict(card_return)
    await connection.execute(update(card_returns).where(card_returns.c.id == values.pop("id")).values(values))


async def list_returns(
    connection: AsyncConnection, state: CardReturnState | None, before: UUID | None, limit: int
) -> list[CardReturn]:
    """Newest first."""
    statement = select(card_returns)
    if state is not None:
        statement = statement.where(card_returns.c.state == state)
    if before is not None:
        statement = statement.where(card_returns.c.id < before)
    return [_return(row) for row in await connection.execute(statement.order_by(card_returns.c.id.desc()).limit(limit))]


async def due_returns(
    connection: AsyncConnection, now: datetime, after: CardReturn | None, limit: int
) -> list[CardReturn]:
    """What waits for a reserve and is due, the longest waiting first; after one of them, as it was found."""
    statement = select(card_returns).where(card_returns.c.due_at <= now)
    if after is not None:
        statement = statement.where(tuple_(card_returns.c.due_at, card_returns.c.id) > (after.due_at, after.id))
    rows = await connection.execute(statement.order_by(card_returns.c.due_at, card_returns.c.id).limit(limit))
    return [_return(row) for row in rows]


def _return(row: Row[Any]) -> CardReturn:
    states = {"state": CardReturnState(row.state), "reason": ReturnReason(row.reason)}
    return CardReturn(**dict(row._mapping) | states)

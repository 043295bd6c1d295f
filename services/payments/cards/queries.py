from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.cards.model import LIVE, Card, CardKind, CardState
from services.payments.cards.tables import cards


async def add_card(connection: AsyncConnection, card: Card) -> bool:
    """False if the customer has this number bound or is binding it."""
    result = await connection.execute(insert(cards).values(asdict(card)).on_conflict_do_nothing())
    return result.rowcount == 1


async def card_with(connection: AsyncConnection, card_id: UUID, *, lock: bool = False) -> Card | None:
    statement = select(cards).where(cards.c.id == card_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _card(row)


async def save_card(connection: AsyncConnection, card: Card) -> None:
    values = asdict(card)
    await connection.execute(update(cards).where(cards.c.id == values.pop("id")).values(values))


async def live_card(connection: AsyncConnection, customer_id: UUID, number_index: bytes) -> Card | None:
    statement = (
        select(cards)
        .where(cards.c.customer_id == customer_id, cards.c.number_index == number_index, cards.c.state.in_(LIVE))
        .with_for_update()
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _card(row)


async def list_cards(connection: AsyncConnection, customer_id: UUID, after: UUID | None, limit: int) -> list[Card]:
    """A customer's cards, oldest first, removed and refused ones left out."""
    statement = select(cards).where(cards.c.customer_id == customer_id, cards.c.state.in_(LIVE))
    if after is not None:
        statement = statement.where(cards.c.id > after)
    return [_card(row) for row in await connection.execute(statement.order_by(cards.c.id).limit(limit))]


async def due_cards(connection: AsyncConnection, now: datetime, limit: int) -> list[Card]:
    """Bindings whose time has come: to be asked again, or to lapse."""
    statement = select(cards).where(cards.c.due_at <= now).order_by(cards.c.due_at).limit(limit)
    return [_card(row) for row in await connection.execute(statement)]


def _card(row: Row[Any]) -> Card:
    return Card(**dict(row._mapping) | {"kind": CardKind(row.kind), "state": CardState(row.state)})

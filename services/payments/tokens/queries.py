from collections.abc import Collection
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.tokens.model import Deal, Holding, Terms, TokenDealKind
from services.payments.tokens.tables import token_deals, token_holdings, token_terms


async def terms_on(connection: AsyncConnection, unit: str, day: date) -> Terms | None:
    """What is in force on a day."""
    table = token_terms
    statement = select(table).where(table.c.unit == unit, table.c.valid_from <= day)
    ordered = statement.order_by(table.c.valid_from.desc(), table.c.id.desc()).limit(1)
    row = (await connection.execute(ordered)).one_or_none()
    return None if row is None else Terms(**row._mapping)


async def add_terms(connection: AsyncConnection, terms: Terms) -> None:
    await connection.execute(insert(token_terms).values(asdict(terms)))


async def terms_of(connection: AsyncConnection, unit: str, before: UUID | None, limit: int) -> list[Terms]:
    """Newest first."""
    statement = select(token_terms).where(token_terms.c.unit == unit)
    if before is not None:
        statement = statement.where(token_terms.c.id < before)
    return [
        Terms(**row._mapping)
        for row in await connection.execute(statement.order_by(token_terms.c.id.desc()).limit(limit))
    ]


async def lock_holding(connection: AsyncConnection, unit: str, customer_id: UUID) -> Holding | None:
    table = token_holdings
    statement = select(table).where(table.c.unit == unit, table.c.customer_id == customer_id).with_for_update()
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Holding(**row._mapping)


async def add_holding(connection: AsyncConnection, holding: Holding) -> bool:
    """False if she has one; waits for whoever is opening it."""
    statement = insert_or_leave(token_holdings).values(asdict(holding)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def holdings_of(connection: AsyncConnection, customer_id: UUID) -> list[Holding]:
    """By unit."""
    table = token_holdings
    statement = select(table).where(table.c.customer_id == customer_id).order_by(table.c.unit)
    return [Holding(**row._mapping) for row in await connection.execute(statement)]


async def accounts_of_payments(
    connection: AsyncConnection, payment_ids: Collection[UUID]
) -> dict[UUID, tuple[str, UUID]]:
    """Of parts of orders that tokens paid, the unit and the account the tokens came from."""
    deal, holding = token_deals, token_holdings
    joined = deal.join(holding, (holding.c.unit == deal.c.unit) & (holding.c.customer_id == deal.c.customer_id))
    statement = select(deal.c.order_payment_id, deal.c.unit, holding.c.account_id).select_from(joined)
    rows = await connection.execute(statement.where(deal.c.order_payment_id.in_(payment_ids)))
    return {row.order_payment_id: (row.unit, row.account_id) for row in rows}


async def bought_on(connection: AsyncConnection, unit: str, customer_id: UUID, day: date) -> int:
    deal = token_deals.c
    statement = select(func.coalesce(func.sum(deal.amount), 0)).where(
        deal.customer_id == customer_id, deal.unit == unit, deal.kind == TokenDealKind.PURCHASE, deal.made_on == day
    )
    return int((await connection.execute(statement)).scalar_one())


async def add_deal(connection: AsyncConnection, deal: Deal) -> None:
    await connection.execute(insert(token_deals).values(asdict(deal)))


async def deal_with(connection: AsyncConnection, deal_id: UUID) -> Deal | None:
    row = (await connection.execute(select(token_deals).where(token_deals.c.id == deal_id))).one_or_none()
    return None if row is None else _deal(row)


async def deals_of(
    connection: AsyncConnection, customer_id: UUID | None, before: UUID | None, limit: int
) -> list[Deal]:
    """A customer's, given or got, or everybody's; newest first."""
    table = token_deals
    statement = select(table)
    if customer_id is not None:
        statement = statement.where(or_(table.c.customer_id == customer_id, table.c.counterparty_id == customer_id))
    if before is not None:
        statement = statement.where(table.c.id < before)
    return [_deal(row) for row in await connection.execute(statement.order_by(table.c.id.desc()).limit(limit))]


def _deal(row: Row[Any]) -> Deal:
    return Deal(**dict(row._mapping) | {"kind": TokenDealKind(row.kind)})

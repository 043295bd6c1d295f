from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.ledger.model import Allowed
from services.payments.purposes.model import Purpose, Purse
from services.payments.purposes.tables import purposes, purses

_LEFT_OVER = text("""SELECT account.id, purpose.return_account_id FROM purposes AS purpose
    JOIN purses AS purse ON purse.purpose_id = purpose.id
    JOIN ledger_accounts AS account ON account.id = purse.account_id
    JOIN ledger_accounts AS back ON back.id = purpose.return_account_id
    WHERE purpose.expires_at <= :now AND NOT account.frozen AND NOT back.closed
        AND account.credits_posted > account.debits_posted + account.debits_pending
    ORDER BY purpose.expires_at, account.id LIMIT :limit""")


async def add_purpose(connection: AsyncConnection, purpose: Purpose) -> None:
    await connection.execute(insert(purposes).values({**asdict(purpose), "allowed": _written(purpose.allowed)}))


async def purpose_with(connection: AsyncConnection, purpose_id: UUID) -> Purpose | None:
    row = (await connection.execute(select(purposes).where(purposes.c.id == purpose_id))).one_or_none()
    return None if row is None else _purpose(row)


async def purposes_of(connection: AsyncConnection, owner: str | None, before: UUID | None, limit: int) -> list[Purpose]:
    """An owner's purposes, or everybody's; newest first."""
    statement = select(purposes)
    if owner is not None:
        statement = statement.where(purposes.c.owner == owner)
    if before is not None:
        statement = statement.where(purposes.c.id < before)
    return [_purpose(row) for row in await connection.execute(statement.order_by(purposes.c.id.desc()).limit(limit))]


async def add_purse(connection: AsyncConnection, purse: Purse) -> bool:
    """False if its owner has one under the purpose already; waits for whoever is opening it."""
    statement = insert_or_leave(purses).values(asdict(purse)).on_conflict_do_nothing().returning(purses.c.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def purse_of(connection: AsyncConnection, owner: str, purpose_id: UUID) -> Purse:
    mine = (purses.c.owner == owner, purses.c.purpose_id == purpose_id)
    return _purse((await connection.execute(select(purses).where(*mine))).one())


async def has_purse(connection: AsyncConnection, owner: str, purpose_id: UUID) -> bool:
    mine = (purses.c.owner == owner, purses.c.purpose_id == purpose_id)
    return (await connection.execute(select(purses.c.id).where(*mine))).one_or_none() is not None


async def find_purses(
    connection: AsyncConnection, party: str | None, purpose_id: UUID | None, before: UUID | None, limit: int
) -> list[Purse]:
    """Those that a party owns or made the purpose of, or everybody's; newest first."""
    statement = select(purses).join(purposes, purposes.c.id == purses.c.purpose_id)
    if party is not None:
        statement = statement.where(or_(purses.c.owner == party, purposes.c.owner == party))
    if purpose_id is not None:
        statement = statement.where(purses.c.purpose_id == purpose_id)
    if before is not None:
        statement = statement.where(purses.c.id < before)
    return [_purse(row) for row in await connection.execute(statement.order_by(purses.c.id.desc()).limit(limit))]


async def left_over(connection: AsyncConnection, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Purses with money left when their purpose is over, and the accounts it goes back to; the longest over first."""
    rows = await connection.execute(_LEFT_OVER, {"now": now, "limit": limit})
    return [(row[0], row[1]) for row in rows]


def _written(allowed: tuple[Allowed, ...]) -> list[dict[str, str]]:
    """What is not given is left out; ids as plain UUIDs, so that SQL compares them."""
    return [{name: str(value) for name, value in asdict(one).items() if value is not None} for one in allowed]


def _purpose(row: Row[Any]) -> Purpose:
    allowed = tuple(
        Allowed(one.get("kind"), one.get("owner"), UUID(one["account_id"]) if "account_id" in one else None)
        for one in row.allowed
    )
    return Purpose(**dict(row._mapping) | {"allowed": allowed})


def _purse(row: Row[Any]) -> Purse:
    return Purse(**row._mapping)

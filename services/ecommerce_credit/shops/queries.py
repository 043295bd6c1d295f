"""The SQL of shops and of claims to them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.shops.model import ClaimEvent, ClaimState, ClaimStep, Shop, ShopClaim
from services.ecommerce_credit.shops.tables import shop_claim_steps, shop_claims, shops

_COLUMNS = [shops.c[name] for name in Shop.__slots__]
_CLAIM = [shop_claims.c[name] for name in ShopClaim.__slots__]
_STEP = [shop_claim_steps.c[name] for name in ClaimStep.__slots__]


async def add(connection: AsyncConnection, found: Sequence[Shop]) -> None:
    if found:
        await connection.execute(insert(shops), [asdict(shop) for shop in found])


async def load(connection: AsyncConnection, shop_id: UUID, *, lock: bool = False) -> Shop | None:
    wanted = select(*_COLUMNS).where(shops.c.id == shop_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else Shop(**row._mapping)


async def named(connection: AsyncConnection, marketplace: str, seller_id: str) -> Shop | None:
    wanted = select(*_COLUMNS).where(shops.c.marketplace == marketplace, shops.c.seller_id == seller_id)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else Shop(**row._mapping)


async def find(
    connection: AsyncConnection,
    *,
    owner: str | None,
    marketplace: str | None,
    seller_id: str | None,
    before: UUID | None,
    limit: int,
) -> list[Shop]:
    """Newest first, at most limit + 1. owner: None for everybody's."""
    wanted = select(*_COLUMNS).order_by(shops.c.id.desc()).limit(limit + 1)
    for column, value in (("owner", owner), ("marketplace", marketplace), ("seller_id", seller_id)):
        if value is not None:
            wanted = wanted.where(shops.c[column] == value)
    if before is not None:
        wanted = wanted.where(shops.c.id < before)
    return [Shop(**row._mapping) for row in await connection.execute(wanted)]


async def set_owner(connection: AsyncConnection, shop_id: UUID, owner: str | None, now: datetime) -> None:
    await connection.execute(update(shops).where(shops.c.id == shop_id).values(owner=owner, changed_at=now))


async def add_claim(connection: AsyncConnection, claim: ShopClaim) -> bool:
    """False if she has a claim to this shop that has not ended, or the shop has an owner."""
    statement = upsert(shop_claims).values(_values(claim)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def load_claim(connection: AsyncConnection, claim_id: UUID, *, lock: bool = False) -> ShopClaim | None:
    wanted = select(*_CLAIM).where(shop_claims.c.id == claim_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _claim(row)


async def claims_of_shop(connection: AsyncConnection, shop_id: UUID, state: ClaimState) -> list[ShopClaim]:
    """Locked, in one order."""
    wanted = (
        select(*_CLAIM)
        .where(shop_claims.c.shop_id == shop_id, shop_claims.c.state == state.value)
        .order_by(shop_claims.c.id)
        .with_for_update()
    )
    return [_claim(row) for row in await connection.execute(wanted)]


async def pending_claims_of(connection: AsyncConnection, customer: str) -> int:
    """How many of hers wait for an operator."""
    wanted = select(func.count()).where(
        shop_claims.c.customer == customer, shop_claims.c.state == ClaimState.PENDING.value
    )
    return int((await connection.execute(wanted)).scalar_one())


async def find_claims(
    connection: AsyncConnection, *, customer: str | None, state: str | None, before: UUID | None, limit: int
) -> list[ShopClaim]:
    """Newest first, at most limit + 1. customer: None for everybody's."""
    wanted = select(*_CLAIM).order_by(shop_claims.c.id.desc()).limit(limit + 1)
    for column, value in (("customer", customer), ("state", state)):
        if value is not None:
            wanted = wanted.where(shop_claims.c[column] == value)
    if before is not None:
        wanted = wanted.where(shop_claims.c.id < before)
    return [_claim(row) for row in await connection.execute(wanted)]


async def save_claim(connection: AsyncConnection, claim: ShopClaim) -> None:
    await connection.execute(update(shop_claims).where(shop_claims.c.id == claim.id).values(_values(claim)))


async def add_step(
    connection: AsyncConnection, claim: ShopClaim, event: ClaimEvent | None, *, taken_by: str, note: str | None
) -> None:
    """The next step of a claim that the caller has locked or just made."""
    number = func.coalesce(func.max(shop_claim_steps.c.number), 0) + 1
    values = [
        literal(claim.id),
        number,
        literal(event.value if event else None),
        literal(claim.state.value),
        literal(taken_by),
        literal(claim.changed_at),
        literal(note),
    ]
    source = select(*values).where(shop_claim_steps.c.claim_id == claim.id)
    await connection.execute(insert(shop_claim_steps).from_select([*ClaimStep.__slots__], source))


async def steps(connection: AsyncConnection, claim_id: UUID) -> list[ClaimStep]:
    wanted = select(*_STEP).where(shop_claim_steps.c.claim_id == claim_id).order_by(shop_claim_steps.c.number)
    return [_step(row) for row in await connection.execute(wanted)]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(shop_claims.c.id).where(shop_claims.c.due_at <= now).order_by(shop_claims.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(claim: ShopClaim) -> dict[str, Any]:
    return asdict(claim) | {"state": claim.state.value}


def _claim(row: Any) -> ShopClaim:
    return ShopClaim(**dict(row._mapping) | {"state": ClaimState(row.state)})


def _step(row: Any) -> ClaimStep:
    event = None if row.event is None else ClaimEvent(row.event)
    return ClaimStep(**dict(row._mapping) | {"event": event, "state": ClaimState(row.state)})

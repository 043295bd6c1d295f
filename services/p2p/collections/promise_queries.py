"""The SQL of promises to pay."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.collections.model import Promise, PromiseState
from services.p2p.collections.tables import collection_promises
from services.p2p.repayments.tables import repayments

_COLUMNS = [collection_promises.c[name] for name in Promise.__slots__]


async def add(connection: AsyncConnection, promise: Promise) -> None:
    await connection.execute(insert(collection_promises).values(_values(promise)))


async def load(connection: AsyncConnection, promise_id: UUID, *, lock: bool = False) -> Promise | None:
    wanted = select(*_COLUMNS).where(collection_promises.c.id == promise_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _promise(row)


async def save(connection: AsyncConnection, promise: Promise) -> None:
    changed = update(collection_promises).where(collection_promises.c.id == promise.id).values(_values(promise))
    await connection.execute(changed)


async def promised(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> set[UUID]:
    """Of the loans those for which a promise is open."""
    promises = collection_promises.c
    wanted = select(promises.loan_id).where(promises.loan_id.in_(loan_ids), promises.state == PromiseState.OPEN.value)
    return set((await connection.execute(wanted)).scalars())


async def open_or_broken(connection: AsyncConnection, loan_id: UUID, since: datetime) -> int:
    """Of a loan, made since then and not kept in full: whatever case it was about."""
    promises = collection_promises.c
    wanted = select(func.count()).where(
        promises.loan_id == loan_id, promises.made_at > since, promises.state != PromiseState.KEPT.value
    )
    return int((await connection.execute(wanted)).scalar_one())


async def of_case(connection: AsyncConnection, case_id: UUID, *, before: UUID | None, limit: int) -> list[Promise]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).where(collection_promises.c.case_id == case_id)
    if before is not None:
        wanted = wanted.where(collection_promises.c.id < before)
    rows = await connection.execute(wanted.order_by(collection_promises.c.id.desc()).limit(limit + 1))
    return [_promise(row) for row in rows]


async def to_decide(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Open ones whose day is over, or of whose loan something was repaid since they were made."""
    promises = collection_promises.c
    paid = select(repayments.c.id).where(
        repayments.c.loan_id == promises.loan_id,
        repayments.c.state == "shared",
        repayments.c.requested_at >= promises.made_at,
    )
    wanted = (
        select(promises.id)
        .where(promises.state == PromiseState.OPEN.value, or_(promises.due_at <= now, paid.exists()))
        .order_by(promises.due_at, promises.id)
        .limit(limit)
    )
    return list((await connection.execute(wanted)).scalars())


def _values(promise: Promise) -> dict[str, Any]:
    return asdict(promise) | {"state": promise.state.value}


def _promise(row: Any) -> Promise:
    return Promise(**dict(row._mapping) | {"state": PromiseState(row.state)})

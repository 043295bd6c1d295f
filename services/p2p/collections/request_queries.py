"""The SQL of what borrowers ask of those who collect."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.collections.model import CollectionRequest, RequestKind, RequestState
from services.p2p.collections.tables import collection_cases, collection_requests

_COLUMNS = [collection_requests.c[name] for name in CollectionRequest.__slots__]


async def add(connection: AsyncConnection, request: CollectionRequest) -> None:
    await connection.execute(insert(collection_requests).values(_values(request)))


async def load(connection: AsyncConnection, request_id: UUID) -> CollectionRequest | None:
    row = (await connection.execute(select(*_COLUMNS).where(collection_requests.c.id == request_id))).one_or_none()
    return None if row is None else _request(row)


async def save(connection: AsyncConnection, request: CollectionRequest) -> None:
    changed = update(collection_requests).where(collection_requests.c.id == request.id).values(_values(request))
    await connection.execute(changed)


async def in_review(connection: AsyncConnection, case_id: UUID) -> CollectionRequest | None:
    requests = collection_requests.c
    wanted = select(*_COLUMNS).where(requests.case_id == case_id, requests.state == RequestState.IN_REVIEW.value)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _request(row)


async def stops_asked_for(connection: AsyncConnection, borrowers: Iterable[str]) -> set[str]:
    """Of the borrowers those who asked not to be contacted, undecided, whatever loan it was about."""
    requests = collection_requests.c
    wanted = select(requests.borrower).where(
        requests.borrower.in_(set(borrowers)),
        requests.kind == RequestKind.STOP_CONTACT.value,
        requests.state == RequestState.IN_REVIEW.value,
    )
    return set((await connection.execute(wanted)).scalars())


async def made_since(connection: AsyncConnection, loan_id: UUID, since: datetime) -> int:
    """How many a borrower made about one loan, whatever case it was about."""
    wanted = (
        select(func.count())
        .select_from(collection_requests.join(collection_cases, collection_cases.c.id == collection_requests.c.case_id))
        .where(collection_cases.c.loan_id == loan_id, collection_requests.c.requested_at > since)
    )
    return int((await connection.execute(wanted)).scalar_one())


async def find(
    connection: AsyncConnection, *, case_id: UUID | None, state: str | None, before: UUID | None, limit: int
) -> list[CollectionRequest]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS)
    if case_id is not None:
        wanted = wanted.where(collection_requests.c.case_id == case_id)
    if state is not None:
        wanted = wanted.where(collection_requests.c.state == state)
    if before is not None:
        wanted = wanted.where(collection_requests.c.id < before)
    rows = await connection.execute(wanted.order_by(collection_requests.c.id.desc()).limit(limit + 1))
    return [_request(row) for row in rows]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    requests = collection_requests.c
    wanted = select(requests.id).where(requests.due_at <= now).order_by(requests.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(request: CollectionRequest) -> dict[str, Any]:
    return asdict(request) | {"kind": request.kind.value, "state": request.state.value}


def _request(row: Any) -> CollectionRequest:
    return CollectionRequest(**dict(row._mapping) | {"kind": RequestKind(row.kind), "state": RequestState(row.state)})

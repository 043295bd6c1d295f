"""The SQL of listings."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.bids.tables import bids
from services.p2p.listings.model import Listing, ListingEvent, ListingState, Step
from services.p2p.listings.tables import listing_steps, listings

_COLUMNS = [listings.c[name] for name in Listing.__slots__]


async def add(connection: AsyncConnection, listing: Listing) -> None:
    await connection.execute(insert(listings).values(_values(listing)))


async def load(connection: AsyncConnection, listing_id: UUID, *, lock: bool = False) -> Listing | None:
    wanted = select(*_COLUMNS).where(listings.c.id == listing_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _listing(row)


async def of_application(connection: AsyncConnection, application_id: UUID) -> Listing | None:
    """The one that did not fail; a failed one is history."""
    wanted = select(*_COLUMNS).where(listings.c.application_id == application_id, listings.c.state != "failed")
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _listing(row)


async def find(
    connection: AsyncConnection, *, state: str | None, borrower: str | None, before: UUID | None, limit: int
) -> list[Listing]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(listings.c.id.desc()).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(listings.c.state == state)
    if borrower is not None:
        wanted = wanted.where(listings.c.borrower == borrower)
    if before is not None:
        wanted = wanted.where(listings.c.id < before)
    return [_listing(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, listing: Listing) -> None:
    await connection.execute(update(listings).where(listings.c.id == listing.id).values(_values(listing)))


async def add_step(
    connection: AsyncConnection, listing: Listing, event: ListingEvent | None, *, taken_by: str, reason: str | None
) -> None:
    """The next step of a listing that the caller has locked or just made."""
    steps = listing_steps
    values = [
        literal(listing.id),
        func.coalesce(func.max(steps.c.number), 0) + 1,
        literal(event.value if event else None),
        literal(listing.state.value),
        literal(taken_by),
        literal(listing.changed_at),
        literal(reason),
    ]
    source = select(*values).where(steps.c.listing_id == listing.id)
    await connection.execute(insert(steps).from_select([*Step.__slots__], source))


async def steps(connection: AsyncConnection, listing_id: UUID) -> list[Step]:
    columns = [listing_steps.c[name] for name in Step.__slots__]
    wanted = select(*columns).where(listing_steps.c.listing_id == listing_id).order_by(listing_steps.c.number)
    return [
        Step(
            **dict(row._mapping)
            | {"event": None if row.event is None else ListingEvent(row.event), "state": ListingState(row.state)}
        )
        for row in await connection.execute(wanted)
    ]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Without auctions in which a hold is not answered: they wait for it, and nobody waits behind them."""
    asked = exists().where(bids.c.listing_id == listings.c.id, bids.c.state == "pending")
    waits = and_(listings.c.highest_rate.is_not(None), listings.c.state == ListingState.OPEN.value, asked)
    wanted = select(listings.c.id).where(listings.c.due_at <= now, ~waits).order_by(listings.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(listing: Listing) -> dict[str, Any]:
    return asdict(listing) | {"state": listing.state.value}


def _listing(row: Any) -> Listing:
    return Listing(**dict(row._mapping) | {"state": ListingState(row.state)})

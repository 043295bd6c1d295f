"""The SQL of bids."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.bids.model import Bid, BidState
from services.p2p.bids.tables import bids
from services.p2p.loans.tables import loans

_COLUMNS = [bids.c[name] for name in Bid.__slots__]
_STATE = list(Bid.__slots__).index("state")
RELEASED_AT_ONCE = 2_000
_CUT = text("""
    UPDATE bids SET held_minor = bids.amount_minor, amount_minor = won.part, changed_at = :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:parts AS bigint[])) AS won (id, part) WHERE bids.id = won.id
""")
_UNSETTLED = [BidState.PENDING.value, BidState.PLACED.value, BidState.RELEASING.value]


async def add(connection: AsyncConnection, bid: Bid) -> None:
    await connection.execute(insert(bids).values(_values(bid)))


async def load(connection: AsyncConnection, bid_id: UUID, *, lock: bool = False) -> Bid | None:
    wanted = select(*_COLUMNS).where(bids.c.id == bid_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _bid(row)


async def save(connection: AsyncConnection, bid: Bid) -> None:
    await connection.execute(update(bids).where(bids.c.id == bid.id).values(_values(bid)))


async def placed(connection: AsyncConnection, listing_id: UUID) -> list[Bid]:
    """Those whose holds stand, in one order."""
    return await _of_listing(connection, listing_id, BidState.PLACED)


async def releasing(
    connection: AsyncConnection, listing_id: UUID, *, after: UUID | None = None, limit: int = RELEASED_AT_ONCE
) -> list[Bid]:
    """Those whose holds are to be given back, by id: an auction may have any number of them."""
    wanted = select(*_COLUMNS).where(bids.c.listing_id == listing_id, bids.c.state == BidState.RELEASING.value)
    if after is not None:
        wanted = wanted.where(bids.c.id > after)
    return [_bid(row) for row in await connection.execute(wanted.order_by(bids.c.id).limit(limit))]


async def load_releasing(connection: AsyncConnection, bid_ids: Iterable[UUID]) -> list[Bid]:
    """Of these, the ones whose holds are still to be given back, locked in one order."""
    wanted = select(*_COLUMNS).where(bids.c.id.in_(list(bid_ids)), bids.c.state == BidState.RELEASING.value)
    return [_bid(row) for row in await connection.execute(wanted.order_by(bids.c.id).with_for_update())]


async def of_contract(connection: AsyncConnection, loan_id: UUID) -> list[Bid]:
    """The bids of a loan, in one order; found by its listing."""
    listing_id = select(loans.c.listing_id).where(loans.c.id == loan_id).scalar_subquery()
    wanted = select(*_COLUMNS).where(bids.c.listing_id == listing_id, bids.c.loan_id == loan_id).order_by(bids.c.id)
    return [_bid(row) for row in await connection.execute(wanted)]


async def count_placed(connection: AsyncConnection, listing_id: UUID) -> int:
    wanted = select(func.count()).where(bids.c.listing_id == listing_id, bids.c.state == BidState.PLACED.value)
    return int((await connection.execute(wanted)).scalar_one())


async def unsettled(connection: AsyncConnection, listing_id: UUID) -> bool:
    """Whether any bid holds money, or may: its hold is not answered or not voided yet."""
    wanted = select(exists().where(bids.c.listing_id == listing_id, bids.c.state.in_(_UNSETTLED)))
    return bool((await connection.execute(wanted)).scalar_one())


async def any_pending(connection: AsyncConnection, listing_id: UUID) -> bool:
    """Whether a hold is asked for and not answered."""
    wanted = select(exists().where(bids.c.listing_id == listing_id, bids.c.state == BidState.PENDING.value))
    return bool((await connection.execute(wanted)).scalar_one())


async def taken_by(connection: AsyncConnection, listing_id: UUID, lender: str) -> int:
    """What a lender's bids take of a listing, in minor units."""
    taking = [BidState.PENDING.value, BidState.PLACED.value]
    wanted = select(func.coalesce(func.sum(bids.c.amount_minor), 0)).where(
        bids.c.listing_id == listing_id, bids.c.lender == lender, bids.c.state.in_(taking)
    )
    return int((await connection.execute(wanted)).scalar_one())


async def lenders(connection: AsyncConnection, listing_id: UUID) -> set[str]:
    """Who takes room in a listing."""
    taking = [BidState.PENDING.value, BidState.PLACED.value]
    wanted = select(bids.c.lender).where(bids.c.listing_id == listing_id, bids.c.state.in_(taking)).distinct()
    return set((await connection.execute(wanted)).scalars())


async def set_state(
    connection: AsyncConnection,
    bid_ids: Iterable[UUID],
    state: BidState,
    now: datetime,
    *,
    was: BidState,
    reason: str | None = None,
) -> int:
    """Take bids from one state to another at once. Answers how many were in it."""
    values: dict[str, Any] = {"state": state.value, "changed_at": now}
    if reason is not None:
        values["reason"] = reason
    statement = update(bids).where(bids.c.id.in_(list(bid_ids)), bids.c.state == was.value).values(values)
    return (await connection.execute(statement)).rowcount


async def cut(connection: AsyncConnection, parts: Mapping[UUID, int], now: datetime) -> None:
    """Bids that won less than they hold: what each won, in minor units."""
    if parts:
        await connection.execute(_CUT, {"ids": list(parts), "parts": list(parts.values()), "now": now})


async def set_contract(connection: AsyncConnection, listing_id: UUID, loan_id: UUID | None) -> None:
    """Of every bid of a listing whose hold stands."""
    standing = (bids.c.listing_id == listing_id, bids.c.state == BidState.PLACED.value)
    await connection.execute(update(bids).where(*standing).values(loan_id=loan_id))


async def find(
    connection: AsyncConnection,
    *,
    lender: str | None,
    listing_id: UUID | None,
    state: str | None,
    before: UUID | None,
    limit: int,
) -> list[Bid]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(bids.c.id.desc()).limit(limit + 1)
    for column, value in (("lender", lender), ("listing_id", listing_id), ("state", state)):
        if value is not None:
            wanted = wanted.where(bids.c[column] == value)
    if before is not None:
        wanted = wanted.where(bids.c.id < before)
    return [_bid(row) for row in await connection.execute(wanted)]


async def held_by_listing(connection: AsyncConnection, listing_ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """Holds that stand in payments for each listing, as far as this service knows: how many, and their amount in minor units."""
    wanted = (
        select(bids.c.listing_id, func.count(), func.sum(func.coalesce(bids.c.held_minor, bids.c.amount_minor)))
        .where(bids.c.listing_id.in_(listing_ids), bids.c.state.in_(["placed", "releasing"]))
        .group_by(bids.c.listing_id)
    )
    return {row[0]: (row[1], int(row[2])) for row in await connection.execute(wanted)}


async def _of_listing(connection: AsyncConnection, listing_id: UUID, state: BidState) -> list[Bid]:
    wanted = select(*_COLUMNS).where(bids.c.listing_id == listing_id, bids.c.state == state.value).order_by(bids.c.id)
    return [_bid(row) for row in await connection.execute(wanted)]


def _values(bid: Bid) -> dict[str, Any]:
    return asdict(bid) | {"state": bid.state.value}


def _bid(row: Any) -> Bid:
    """Columns stand in the order of the fields: a listing has hundreds of bids."""
    values = list(row)
    values[_STATE] = BidState(values[_STATE])
    return Bid(*values)

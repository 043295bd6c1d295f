"""The SQL of backers."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.backers.model import Backer, BackerKind, BackerState, Backing, Exposure
from services.p2p.backers.tables import backers, backings
from services.p2p.programmes.model import Programme

_COLUMNS = [backers.c[name] for name in Backer.__slots__]

_EXPOSURE = text("""
    SELECT backer_id, sum(CASE
            WHEN loans.state IN ('repaying', 'written_off') THEN loans.outstanding_minor
            WHEN listings.state IN ('draft', 'open', 'full', 'disbursing') THEN backings.amount_minor ELSE 0 END) AS backed_minor,
        count(*) FILTER (WHERE loans.state IN ('repaying', 'written_off')) AS loans
    FROM backings JOIN listings ON listings.id = listing_id
    LEFT JOIN loans ON loans.listing_id = listings.id AND loans.state <> 'cancelled'
    WHERE backer_id = ANY(:ids) GROUP BY backer_id
""")
_PAID = text("""
    SELECT wanted.holder, coalesce((SELECT sum(outstanding_minor) FROM claims WHERE claims.holder = wanted.holder), 0) AS claims_minor,
        coalesce((SELECT sum(principal_received_minor + interest_received_minor + late_received_minor)
                  FROM claims WHERE claims.holder = wanted.holder), 0) AS recovered_minor,
        coalesce((SELECT sum(principal_minor + interest_minor)
                  FROM compensations WHERE payer = wanted.holder AND state = 'paid'), 0) AS paid_minor
    FROM unnest(CAST(:holders AS text[])) AS wanted (holder)
""")


async def add(connection: AsyncConnection, backer: Backer) -> None:
    await connection.execute(insert(backers).values(_values(backer)))


async def save(connection: AsyncConnection, backer: Backer) -> None:
    await connection.execute(update(backers).where(backers.c.id == backer.id).values(_values(backer)))


async def load(connection: AsyncConnection, backer_id: UUID, *, lock: bool = False) -> Backer | None:
    wanted = select(*_COLUMNS).where(backers.c.id == backer_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _backer(row)


async def count(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(backers))).scalar_one())


async def find(connection: AsyncConnection, *, before: UUID | None, limit: int) -> list[Backer]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(backers.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(backers.c.id < before)
    return [_backer(row) for row in await connection.execute(wanted)]


async def of_programme(connection: AsyncConnection, programme: Programme, kind: BackerKind, day: date) -> list[UUID]:
    """Licensed ones that back its loans, by id."""
    wanted = (
        select(backers.c.id)
        .where(
            backers.c.kind == kind.value,
            backers.c.state == BackerState.ACTIVE.value,
            backers.c.currency == programme.currency,
            backers.c.programmes.contains([programme.code]),
            backers.c.licensed_from <= day,
            backers.c.licensed_until >= day,
        )
        .order_by(backers.c.id)
    )
    return list((await connection.execute(wanted)).scalars())


async def add_backing(connection: AsyncConnection, backing: Backing) -> None:
    await connection.execute(insert(backings).values(asdict(backing) | {"kind": backing.kind.value}))


async def of_listing(connection: AsyncConnection, listing_id: UUID, kind: BackerKind) -> Backer | None:
    wanted = (
        select(*_COLUMNS)
        .join(backings, backings.c.backer_id == backers.c.id)
        .where(backings.c.listing_id == listing_id, backings.c.kind == kind.value)
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _backer(row)


async def exposures(connection: AsyncConnection, found: Sequence[tuple[UUID, str]]) -> dict[UUID, Exposure]:
    """By id. found: ids, each with the backer's name as a holder of claims."""
    ids, holders = [one for one, _ in found], [holder for _, holder in found]
    backed = {row.backer_id: row for row in await connection.execute(_EXPOSURE, {"ids": ids})}
    paid = {row.holder: row for row in await connection.execute(_PAID, {"holders": holders})}
    return {
        one: Exposure(
            backed_minor=int(backed[one].backed_minor) if one in backed else 0,
            loans=int(backed[one].loans) if one in backed else 0,
            claims_minor=int(paid[holder].claims_minor),
            paid_minor=int(paid[holder].paid_minor),
            recovered_minor=int(paid[holder].recovered_minor),
        )
        for one, holder in found
    }


def _values(backer: Backer) -> dict[str, Any]:
    return asdict(backer) | {
        "kind": backer.kind.value,
        "state": backer.state.value,
        "programmes": list(backer.programmes),
    }


def _backer(row: Any) -> Backer:
    read = {"kind": BackerKind(row.kind), "state": BackerState(row.state), "programmes": tuple(row.programmes)}
    return Backer(**dict(row._mapping) | read)

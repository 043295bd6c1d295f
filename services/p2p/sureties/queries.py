"""The SQL of sureties."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.programmes.model import Programme
from services.p2p.sureties.model import Exposure, Surety, SuretyKind, Suretyship, SuretyState
from services.p2p.sureties.tables import sureties, suretyships

_COLUMNS = [sureties.c[name] for name in Surety.__slots__]

_EXPOSURE = text("""
    SELECT surety_id, sum(CASE
            WHEN loans.state IN ('repaying', 'written_off') THEN loans.outstanding_minor
            WHEN listings.state IN ('draft', 'open', 'full', 'disbursing') THEN suretyships.amount_minor ELSE 0 END) AS backed_minor,
        count(*) FILTER (WHERE loans.state IN ('repaying', 'written_off')) AS loans
    FROM suretyships JOIN listings ON listings.id = listing_id
    LEFT JOIN loans ON loans.listing_id = listings.id AND loans.state <> 'cancelled'
    WHERE surety_id = ANY(:ids) GROUP BY surety_id
""")
_PAID = text("""
    SELECT wanted.holder, coalesce((SELECT sum(outstanding_minor) FROM claims WHERE claims.holder = wanted.holder), 0) AS claims_minor,
        coalesce((SELECT sum(principal_received_minor + interest_received_minor + late_received_minor)
                  FROM claims WHERE claims.holder = wanted.holder), 0) AS recovered_minor,
        coalesce((SELECT sum(principal_minor + interest_minor)
                  FROM compensations WHERE payer = wanted.holder AND state = 'paid'), 0) AS paid_minor
    FROM unnest(CAST(:holders AS text[])) AS wanted (holder)
""")


async def add(connection: AsyncConnection, surety: Surety) -> None:
    await connection.execute(insert(sureties).values(_values(surety)))


async def save(connection: AsyncConnection, surety: Surety) -> None:
    await connection.execute(update(sureties).where(sureties.c.id == surety.id).values(_values(surety)))


async def load(connection: AsyncConnection, surety_id: UUID, *, lock: bool = False) -> Surety | None:
    wanted = select(*_COLUMNS).where(sureties.c.id == surety_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _surety(row)


async def count(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(sureties))).scalar_one())


async def find(connection: AsyncConnection, *, before: UUID | None, limit: int) -> list[Surety]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(sureties.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(sureties.c.id < before)
    return [_surety(row) for row in await connection.execute(wanted)]


async def of_programme(connection: AsyncConnection, programme: Programme, kind: SuretyKind, day: date) -> list[UUID]:
    """Licensed ones that back its loans, by id."""
    wanted = (
        select(sureties.c.id)
        .where(
            sureties.c.kind == kind.value,
            sureties.c.state == SuretyState.ACTIVE.value,
            sureties.c.currency == programme.currency,
            sureties.c.programmes.contains([programme.code]),
            sureties.c.licensed_from <= day,
            sureties.c.licensed_until >= day,
        )
        .order_by(sureties.c.id)
    )
    return list((await connection.execute(wanted)).scalars())


async def add_suretyship(connection: AsyncConnection, suretyship: Suretyship) -> None:
    await connection.execute(insert(suretyships).values(asdict(suretyship) | {"kind": suretyship.kind.value}))


async def of_listing(connection: AsyncConnection, listing_id: UUID, kind: SuretyKind) -> Surety | None:
    wanted = (
        select(*_COLUMNS)
        .join(suretyships, suretyships.c.surety_id == sureties.c.id)
        .where(suretyships.c.listing_id == listing_id, suretyships.c.kind == kind.value)
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _surety(row)


async def exposures(connection: AsyncConnection, found: Sequence[tuple[UUID, str]]) -> dict[UUID, Exposure]:
    """By id. found: ids, each with the surety's name as a holder of claims."""
    ids, holders = [one for one, _ in found], [holder for _, holder in found]
    backed = {row.surety_id: row for row in await connection.execute(_EXPOSURE, {"ids": ids})}
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


def _values(surety: Surety) -> dict[str, Any]:
    return asdict(surety) | {
        "kind": surety.kind.value,
        "state": surety.state.value,
        "programmes": list(surety.programmes),
    }


def _surety(row: Any) -> Surety:
    read = {"kind": SuretyKind(row.kind), "state": SuretyState(row.state), "programmes": tuple(row.programmes)}
    return Surety(**dict(row._mapping) | read)

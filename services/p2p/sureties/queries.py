"""The SQL of sureties."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.originators.tables import originator_terms, originators
from services.p2p.programmes.model import Programme
from services.p2p.sureties.model import Exposure, Surety, SuretyKind, Suretyship, SuretyState
from services.p2p.sureties.tables import sureties, suretyships

OPEN_ENDED = date(2999, 12, 31)
"""The last day of a licence that has none: the latest that the wire knows."""
_OF_REGISTRY = {
    "name": originator_terms.c.name,
    "licence_kind": originator_terms.c.licence_kind,
    "licence_number": originator_terms.c.licence_number,
    "licensed_from": originator_terms.c.licensed_from_on,
    "licensed_until": case(
        (originator_terms.c.version.is_not(None), func.coalesce(originator_terms.c.licensed_until_on, OPEN_ENDED))
    ),
    "capital_minor": originator_terms.c.capital_minor,
    "cap_minor": originator_terms.c.exposure_cap_minor,
}
"""What an originator's surety has of the registry: its terms in force."""
_COLUMNS = [
    func.coalesce(_OF_REGISTRY[name], sureties.c[name]).label(name) if name in _OF_REGISTRY else sureties.c[name]
    for name in Surety.__slots__
]
_JOINED = sureties.outerjoin(originators, originators.c.id == sureties.c.originator_id).outerjoin(
    originator_terms,
    (originator_terms.c.originator_id == originators.c.id) & (originator_terms.c.version == originators.c.version),
)
_NAMED = dict(zip(Surety.__slots__, _COLUMNS, strict=True))

_EXPOSURE = text("""
    SELECT surety_id, sum(CASE
            WHEN loans.state IN ('repaying', 'written_off') THEN loans.outstanding_minor
            WHEN listings.state IN ('draft', 'open', 'full', 'disbursing') THEN suretyships.amount_minor ELSE 0 END) AS backed_minor,
        count(*) FILTER (WHERE loans.state IN ('repaying', 'written_off')) AS loans
    FROM standing_suretyships AS standing JOIN listings ON listings.id = listing_id
    JOIN suretyships USING (listing_id, kind, surety_id)
    LEFT JOIN loans ON loans.listing_id = listings.id AND loans.state <> 'cancelled'
    WHERE surety_id = ANY(:ids) GROUP BY surety_id
""")
_DROP_ENDED = text("""
    DELETE FROM standing_suretyships USING listings
    LEFT JOIN loans ON loans.listing_id = listings.id AND loans.state <> 'cancelled'
    WHERE surety_id = :id AND listings.id = standing_suretyships.listing_id
        AND (listings.state IN ('releasing', 'failed') OR loans.state = 'repaid')
""")
_STAND_AGAIN = text("""
    INSERT INTO standing_suretyships (listing_id, kind, surety_id)
    SELECT listing_id, kind, surety_id FROM suretyships WHERE listing_id = :listing ON CONFLICT DO NOTHING
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
    """What an originator's has of the registry is not written here."""
    registered = _OF_REGISTRY if surety.originator_id is not None else {}
    values = {name: value for name, value in _values(surety).items() if name not in registered}
    await connection.execute(update(sureties).where(sureties.c.id == surety.id).values(values))


async def load(connection: AsyncConnection, surety_id: UUID, *, lock: bool = False) -> Surety | None:
    wanted = select(*_COLUMNS).select_from(_JOINED).where(sureties.c.id == surety_id)
    row = (await connection.execute(wanted.with_for_update(of=sureties) if lock else wanted)).one_or_none()
    return None if row is None else _surety(row)


async def count(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(sureties))).scalar_one())


async def find(connection: AsyncConnection, *, before: UUID | None, limit: int) -> list[Surety]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).select_from(_JOINED).order_by(sureties.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(sureties.c.id < before)
    return [_surety(row) for row in await connection.execute(wanted)]


async def of_originator(connection: AsyncConnection, originator_id: UUID) -> UUID | None:
    """What an originator stands behind its loans as."""
    wanted = select(sureties.c.id).where(sureties.c.originator_id == originator_id)
    found: UUID | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found


async def of_programme(
    connection: AsyncConnection, programme: Programme, kind: SuretyKind, day: date, originator_id: UUID | None
) -> list[UUID]:
    """Licensed ones that back its loans, by id. originator_id: who proposed the loan, and alone buys it back."""
    if kind is SuretyKind.ORIGINATOR and originator_id is None:
        return []
    whose = None if kind is SuretyKind.GUARANTOR else originator_id
    wanted = (
        select(sureties.c.id)
        .select_from(_JOINED)
        .where(
            sureties.c.originator_id.is_not_distinct_from(whose),
            sureties.c.kind == kind.value,
            sureties.c.state == SuretyState.ACTIVE.value,
            sureties.c.currency == programme.currency,
            sureties.c.programmes.contains([programme.code]),
            _NAMED["licensed_from"] <= day,
            _NAMED["licensed_until"] >= day,
        )
        .order_by(sureties.c.id)
    )
    return list((await connection.execute(wanted)).scalars())


async def add_suretyship(connection: AsyncConnection, suretyship: Suretyship) -> None:
    await connection.execute(insert(suretyships).values(asdict(suretyship) | {"kind": suretyship.kind.value}))
    await stand_again(connection, suretyship.listing_id)


async def stand_again(connection: AsyncConnection, listing_id: UUID) -> None:
    """What was promised for a listing counts, also where its loan had ended and is owed again."""
    await connection.execute(_STAND_AGAIN, {"listing": listing_id})


async def drop_ended(connection: AsyncConnection, surety_id: UUID) -> None:
    """What a locked surety no longer stands behind is not read again."""
    await connection.execute(_DROP_ENDED, {"id": surety_id})


async def any_unlicensed(connection: AsyncConnection, listing_id: UUID, day: date) -> bool:
    """Whether somebody who promised for a listing has no licence that is valid on the day."""
    wanted = (
        select(sureties.c.id)
        .select_from(_JOINED.join(suretyships, suretyships.c.surety_id == sureties.c.id))
        .where(
            suretyships.c.listing_id == listing_id,
            (_NAMED["licensed_from"] > day) | (_NAMED["licensed_until"] < day),
        )
    )
    return (await connection.execute(wanted)).first() is not None


async def of_listing(connection: AsyncConnection, listing_id: UUID, kind: SuretyKind) -> Surety | None:
    wanted = (
        select(*_COLUMNS)
        .select_from(_JOINED.join(suretyships, suretyships.c.surety_id == sureties.c.id))
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

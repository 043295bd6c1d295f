"""The SQL of originators."""

from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.originators.model import Originator, Terms
from services.p2p.originators.tables import originator_terms, originators

NOBODY = UUID(int=0)
_TERMS = [one.name for one in fields(Terms)]
# What is owed, and what is under way: what has ended is not read. A loan being paid out is its listing's until then.
_EXPOSURE = text("""
    SELECT coalesce((SELECT sum(outstanding_minor) FROM loans
            WHERE originator_id = :originator AND outstanding_minor > 0 AND state <> 'disbursing' AND application_id <> :but), 0)
        + coalesce((SELECT sum(CASE WHEN state = 'listed' THEN (SELECT max(amount_minor) FROM listings
                WHERE application_id = applications.id AND state NOT IN ('failed', 'releasing')) ELSE amount_minor END)
            FROM applications WHERE originator_id = :originator AND id <> :but
                AND state IN ('keyed', 'checking', 'in_review', 'proposed', 'approved', 'listed')), 0)
""")


async def add(connection: AsyncConnection, originator: Originator) -> bool:
    """False if its party has one."""
    values = {name: getattr(originator, name) for name in ("id", "party", "currency", "version")}
    added = await connection.execute(upsert(originators).values(values).on_conflict_do_nothing())
    if added.rowcount == 1:
        await _add_terms(connection, originator)
    return added.rowcount == 1


async def renew(connection: AsyncConnection, originator: Originator) -> None:
    """Another version of the terms of a locked one."""
    await connection.execute(
        update(originators).where(originators.c.id == originator.id).values(version=originator.version)
    )
    await _add_terms(connection, originator)


async def load(connection: AsyncConnection, originator_id: UUID, *, lock: bool = False) -> Originator | None:
    """lock: beside the locks that references to it take, or two proposals at once would wait for each other."""
    wanted = _select().where(originators.c.id == originator_id)
    row = (
        await connection.execute(wanted.with_for_update(of=originators, key_share=True) if lock else wanted)
    ).one_or_none()
    return None if row is None else _originator(row)


async def of_party(connection: AsyncConnection, party: str) -> Originator | None:
    row = (await connection.execute(_select().where(originators.c.party == party))).one_or_none()
    return None if row is None else _originator(row)


async def find(connection: AsyncConnection, *, party: str | None, after: UUID, limit: int) -> list[Originator]:
    """Oldest first, at most limit + 1. party: None for all."""
    wanted = _select().where(originators.c.id > after).order_by(originators.c.id).limit(limit + 1)
    if party is not None:
        wanted = wanted.where(originators.c.party == party)
    return [_originator(row) for row in await connection.execute(wanted)]


async def exposure(connection: AsyncConnection, originator_id: UUID, but: UUID = NOBODY) -> int:
    """What is owed on its loans here, and what is proposed, approved or listed and not lent yet, all but one application's; minor units."""
    found = await connection.execute(_EXPOSURE, {"originator": originator_id, "but": but})
    return int(found.scalar_one())


async def _add_terms(connection: AsyncConnection, originator: Originator) -> None:
    values = asdict(originator.terms) | {
        "originator_id": originator.id,
        "version": originator.version,
        "changed_by": originator.changed_by,
        "changed_at": originator.changed_at,
    }
    await connection.execute(insert(originator_terms).values(values))


def _select() -> Select[Any]:
    in_force = (originator_terms.c.originator_id == originators.c.id) & (
        originator_terms.c.version == originators.c.version
    )
    terms = [originator_terms.c[name] for name in (*_TERMS, "changed_by", "changed_at")]
    return select(originators, *terms).join(originator_terms, in_force)


def _originator(row: Any) -> Originator:
    values = {name: getattr(row, name) for name in _TERMS}
    return Originator(row.id, row.party, row.currency, row.version, Terms(**values), row.changed_by, row.changed_at)

"""The SQL of contacts, and of whom a borrower named."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.collections.model import (
    Channel,
    Contact,
    ContactState,
    Direction,
    NamedPerson,
    Outcome,
    Relation,
)
from services.p2p.collections.tables import collection_cases, collection_contacts, named_persons

_CONTACT = [collection_contacts.c[name] for name in Contact.__slots__]
_LOCK = text("""
    SELECT pg_advisory_xact_lock(hashtext('collection_contacts'), key) FROM (
        SELECT DISTINCT hashtext(name) AS key FROM unnest(CAST(:borrowers AS text[])) AS name ORDER BY key
    ) AS in_one_order
""")
_NAMED = [named_persons.c[name] for name in NamedPerson.__slots__]


async def add(connection: AsyncConnection, contact: Contact) -> None:
    await connection.execute(insert(collection_contacts).values(_values(contact)))


async def load(connection: AsyncConnection, contact_id: UUID, *, lock: bool = False) -> Contact | None:
    wanted = select(*_CONTACT).where(collection_contacts.c.id == contact_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _contact(row)


async def save(connection: AsyncConnection, contact: Contact) -> None:
    changed = update(collection_contacts).where(collection_contacts.c.id == contact.id).values(_values(contact))
    await connection.execute(changed)


async def lock_borrowers(connection: AsyncConnection, borrowers: Iterable[str]) -> None:
    """Whoever else asks to contact one of them, about whatever loan, waits until the transaction ends. After the locks of cases."""
    await connection.execute(_LOCK, {"borrowers": sorted(set(borrowers))})


async def recent_days(connection: AsyncConnection, borrowers: Iterable[str], today: date) -> dict[str, list[date]]:
    """The days of each borrower's outbound contacts of the last week, each contact once, whatever loan and case it was about."""
    contacts, wanted_of = collection_contacts.c, set(borrowers)
    wanted = (
        select(collection_cases.c.borrower, contacts.on_day)
        .join(collection_cases, collection_cases.c.id == contacts.case_id)
        .where(
            collection_cases.c.borrower.in_(wanted_of),
            contacts.direction == Direction.OUTBOUND.value,
            contacts.on_day > today - timedelta(days=7),
        )
    )
    found: dict[str, list[date]] = {borrower: [] for borrower in wanted_of}
    for borrower, day in await connection.execute(wanted):
        found[borrower].append(day)
    return found


async def of_case(connection: AsyncConnection, case_id: UUID, *, before: UUID | None, limit: int) -> list[Contact]:
    """Newest first, at most limit + 1."""
    wanted = select(*_CONTACT).where(collection_contacts.c.case_id == case_id)
    if before is not None:
        wanted = wanted.where(collection_contacts.c.id < before)
    rows = await connection.execute(wanted.order_by(collection_contacts.c.id.desc()).limit(limit + 1))
    return [_contact(row) for row in rows]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    contacts = collection_contacts.c
    wanted = select(contacts.id).where(contacts.due_at <= now).order_by(contacts.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def name(connection: AsyncConnection, person: NamedPerson) -> None:
    """Named again after she revoked it, it counts from now."""
    statement = insert_once(named_persons).values(asdict(person) | {"relation": person.relation.value})
    again = {"named_by": person.named_by, "named_at": person.named_at, "revoked_at": None}
    await connection.execute(statement.on_conflict_do_update(constraint=named_persons.primary_key, set_=again))


async def revoke(connection: AsyncConnection, case_id: UUID, relation: str, now: datetime) -> bool:
    statement = update(named_persons).where(
        named_persons.c.case_id == case_id, named_persons.c.relation == relation, named_persons.c.revoked_at.is_(None)
    )
    return (await connection.execute(statement.values(revoked_at=now))).rowcount == 1


async def named(connection: AsyncConnection, case_id: UUID) -> list[NamedPerson]:
    """Whom she lets be spoken to, by relation."""
    wanted = select(*_NAMED).where(named_persons.c.case_id == case_id, named_persons.c.revoked_at.is_(None))
    rows = await connection.execute(wanted.order_by(named_persons.c.relation))
    return [NamedPerson(**dict(row._mapping) | {"relation": Relation(row.relation)}) for row in rows]


def _values(contact: Contact) -> dict[str, Any]:
    words = {name: getattr(contact, name).value for name in ("direction", "channel", "state")}
    return asdict(contact) | words | {"outcome": None if contact.outcome is None else contact.outcome.value}


def _contact(row: Any) -> Contact:
    words = {
        "direction": Direction(row.direction),
        "channel": Channel(row.channel),
        "state": ContactState(row.state),
        "outcome": None if row.outcome is None else Outcome(row.outcome),
    }
    return Contact(**dict(row._mapping) | words)

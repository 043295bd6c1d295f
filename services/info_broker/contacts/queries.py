"""The SQL of contacts."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.contacts.model import Contact
from services.info_broker.contacts.tables import contacts

_COLUMNS = [contacts.c[name] for name in Contact.__slots__]
_NOTHING_LEFT = {"sealed": None, "name_masked": None, "mobile_masked": None, "email_masked": None}


async def add(connection: AsyncConnection, contact: Contact) -> None:
    await connection.execute(insert(contacts).values(asdict(contact)))


async def load_many(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Contact]:
    rows = await connection.execute(select(*_COLUMNS).where(contacts.c.id.in_(set(ids))))
    return {row.id: Contact(*row) for row in rows}


async def erase(connection: AsyncConnection, contact_id: UUID, now: datetime) -> None:
    unerased = contacts.c.id == contact_id, contacts.c.erased_at.is_(None)
    await connection.execute(update(contacts).where(*unerased).values(erased_at=now, **_NOTHING_LEFT))


async def keep_until(connection: AsyncConnection, contact_id: UUID, erase_at: datetime) -> None:
    await connection.execute(update(contacts).where(contacts.c.id == contact_id).values(erase_at=erase_at))


async def erase_due(connection: AsyncConnection, now: datetime) -> int:
    due = contacts.c.erase_at <= now, contacts.c.erased_at.is_(None)
    return (await connection.execute(update(contacts).where(*due).values(erased_at=now, **_NOTHING_LEFT))).rowcount


async def kept_too_long(connection: AsyncConnection, before: datetime) -> tuple[int, list[UUID]]:
    """For the audit: contacts still kept, and those among them that should have been erased before that instant."""
    rows = (
        await connection.execute(select(contacts.c.id, contacts.c.erase_at).where(contacts.c.erased_at.is_(None)))
    ).all()
    return len(rows), [row.id for row in rows if row.erase_at is not None and row.erase_at < before]

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identities.model import Contact, Credentials, Identity, Kind, Role, State
from gateway.identities.tables import contacts, identities

_IDENTITY = [column for column in identities.c if column.name != "password_hash"]


async def credentials_by_contact(connection: AsyncConnection, contact: Contact) -> Credentials | None:
    joined = identities.join(contacts, contacts.c.identity_id == identities.c.id)
    wanted = select(identities).select_from(joined)
    wanted = wanted.where(contacts.c.kind == contact.kind, contacts.c.value == contact.value)
    row = (await connection.execute(wanted)).mappings().one_or_none()
    return None if row is None else Credentials(_identity(row), row["password_hash"])


async def load(connection: AsyncConnection, identity_id: UUID) -> Identity | None:
    row = (await connection.execute(select(*_IDENTITY).where(identities.c.id == identity_id))).mappings().one_or_none()
    return None if row is None else _identity(row)


async def contacts_of(connection: AsyncConnection, identity_id: UUID) -> list[Contact]:
    wanted = select(contacts.c.kind, contacts.c.value).where(contacts.c.identity_id == identity_id)
    rows = await connection.execute(wanted.order_by(contacts.c.kind, contacts.c.value))
    return [Contact(row.kind, row.value) for row in rows]


async def staff(connection: AsyncConnection, limit: int, after: UUID | None) -> list[Identity]:
    """Members of staff by id; limit + 1 rows tell whether there is another page."""
    wanted = select(*_IDENTITY).where(identities.c.kind == Kind.STAFF)
    if after is not None:
        wanted = wanted.where(identities.c.id > after)
    rows = (await connection.execute(wanted.order_by(identities.c.id).limit(limit + 1))).mappings()
    return [_identity(row) for row in rows]


async def add(connection: AsyncConnection, identity: Identity, contact: Contact, password_hash: str) -> bool:
    """False, with nothing written, when the contact belongs to somebody already."""
    # The contact decides who comes first; its foreign key needs the identity to stand before it.
    async with connection.begin_nested() as savepoint:
        values = {
            "id": identity.id,
            "kind": identity.kind,
            "state": identity.state,
            "roles": list(identity.roles),
            "channel": identity.channel,
            "password_hash": password_hash,
            "created_at": identity.created_at,
        }
        await connection.execute(insert(identities).values(values))
        claim = upsert(contacts).values(kind=contact.kind, value=contact.value, identity_id=identity.id)
        claimed = await connection.execute(claim.on_conflict_do_nothing().returning(contacts.c.value))
        free = claimed.one_or_none() is not None
        if not free:
            await savepoint.rollback()
    return free


async def set_password_hash(connection: AsyncConnection, identity_id: UUID, password_hash: str) -> None:
    await connection.execute(
        update(identities).where(identities.c.id == identity_id).values(password_hash=password_hash)
    )


async def set_staff(connection: AsyncConnection, identity_id: UUID, state: State, roles: tuple[Role, ...]) -> None:
    changed = update(identities).where(identities.c.id == identity_id, identities.c.kind == Kind.STAFF)
    await connection.execute(changed.values(state=state, roles=list(roles)))


async def lock(connection: AsyncConnection, identity_id: UUID) -> Identity | None:
    wanted = select(*_IDENTITY).where(identities.c.id == identity_id).with_for_update()
    row = (await connection.execute(wanted)).mappings().one_or_none()
    return None if row is None else _identity(row)


def _identity(row: Mapping[Any, Any]) -> Identity:
    return Identity(
        id=row["id"],
        kind=Kind(row["kind"]),
        state=State(row["state"]),
        roles=tuple(Role(role) for role in row["roles"]),
        channel=row["channel"],
        created_at=row["created_at"],
    )

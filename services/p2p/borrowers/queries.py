"""The SQL of declarations."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.borrowers.model import Facts, Home
from services.p2p.borrowers.tables import declarations


async def add(connection: AsyncConnection, application_id: UUID, facts: Facts, identity: bytes, person: bytes) -> None:
    values = {"application_id": application_id, "facts": asdict(facts), "identity": identity, "person": person}
    await connection.execute(insert(declarations).values(values))


async def add_imported(connection: AsyncConnection, found: Iterable[tuple[UUID, Facts]]) -> None:
    """Declarations without an identity: facts of somebody whom this service does not know."""
    rows: list[dict[str, Any]] = [{"application_id": one, "facts": asdict(facts)} for one, facts in found]
    if rows:
        await connection.execute(insert(declarations), rows)


async def sealed_identity(connection: AsyncConnection, application_id: UUID) -> bytes:
    """Of an application that was made here."""
    wanted = select(declarations.c.identity).where(declarations.c.application_id == application_id)
    return bytes((await connection.execute(wanted)).scalar_one())


async def lock_person(connection: AsyncConnection, application_id: UUID) -> bytes | None:
    """The fingerprint of who applied, all her declarations locked: her applications, under whatever customer, wait for one another."""
    of_hers = select(declarations.c.person).where(declarations.c.application_id == application_id).scalar_subquery()
    wanted = select(declarations.c.person).where(declarations.c.person == of_hers)
    found = await connection.execute(wanted.order_by(declarations.c.application_id).with_for_update())
    return next(iter(found.scalars()), None)


async def facts_of(connection: AsyncConnection, application_id: UUID) -> Facts | None:
    wanted = select(declarations.c.facts).where(declarations.c.application_id == application_id)
    found = (await connection.execute(wanted)).scalar_one_or_none()
    return None if found is None else Facts(**found | {"home": Home(found["home"])})

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.identity.model import Answered, Source
from sandbox.identity.tables import identity_checks, residents


async def known_as(connection: AsyncConnection, number: str, name: str) -> str:
    """The name in the register; the first name shown for a number is the one that is in it."""
    await connection.execute(insert(residents).values(number=number, name=name).on_conflict_do_nothing())
    found = await connection.execute(select(residents.c.name).where(residents.c.number == number))
    return str(found.scalar_one())


async def add_answered(connection: AsyncConnection, answered: Answered) -> bool:
    """False if this reference has been asked."""
    result = await connection.execute(insert(identity_checks).values(asdict(answered)).on_conflict_do_nothing())
    return result.rowcount == 1


async def answered_to(connection: AsyncConnection, reference: str) -> Answered | None:
    statement = select(identity_checks).where(identity_checks.c.reference == reference)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Answered(**dict(row._mapping) | {"channel": Source(row.channel)})

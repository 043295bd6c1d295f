"""The SQL of programmes."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.programmes.documents import programme_of, terms_of
from services.p2p.programmes.model import AnyProgramme, FundingProgramme, Programme
from services.p2p.programmes.tables import programmes

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('programmes'), hashtext(:code))")


async def current(connection: AsyncConnection, day: date) -> list[AnyProgramme]:
    """The newest version in force of each programme, by code."""
    wanted = (
        select(programmes.c.terms)
        .ext(distinct_on(programmes.c.code))
        .where(programmes.c.valid_from <= day)
        .order_by(programmes.c.code, programmes.c.version.desc())
    )
    return [programme_of(terms) for terms in (await connection.execute(wanted)).scalars()]


async def in_force(connection: AsyncConnection, code: str, day: date) -> Programme | None:
    """A programme of lending."""
    return _lending(await _one(connection, _newest(code, programmes.c.valid_from <= day)))


async def funding_in_force(connection: AsyncConnection, code: str, day: date) -> FundingProgramme | None:
    return _funding(await _one(connection, _newest(code, programmes.c.valid_from <= day)))


async def version(connection: AsyncConnection, code: str, number: int) -> Programme | None:
    """Of a programme of lending."""
    return _lending(await any_version(connection, code, number))


async def funding_version(connection: AsyncConnection, code: str, number: int) -> FundingProgramme | None:
    return _funding(await any_version(connection, code, number))


async def any_version(connection: AsyncConnection, code: str, number: int) -> AnyProgramme | None:
    return await _one(connection, _newest(code, programmes.c.version == number))


async def newest(connection: AsyncConnection, code: str) -> AnyProgramme | None:
    """The last version, in force or not; whoever else makes one waits until the transaction ends."""
    await connection.execute(_LOCK, {"code": code})
    return await _one(connection, _newest(code))


async def codes(connection: AsyncConnection) -> int:
    return (await connection.execute(select(func.count(programmes.c.code.distinct())))).scalar_one()


async def add(connection: AsyncConnection, programme: AnyProgramme) -> None:
    row = {"code": programme.code, "version": programme.version, "valid_from": programme.valid_from}
    await connection.execute(insert(programmes), row | {"terms": terms_of(programme)})


def _newest(code: str, *which: ColumnElement[bool]) -> Select[Any]:
    wanted = select(programmes.c.terms).where(programmes.c.code == code, *which)
    return wanted.order_by(programmes.c.version.desc()).limit(1)


async def _one(connection: AsyncConnection, wanted: Select[Any]) -> AnyProgramme | None:
    terms = (await connection.execute(wanted)).scalar_one_or_none()
    return None if terms is None else programme_of(terms)


def _lending(found: AnyProgramme | None) -> Programme | None:
    return found if isinstance(found, Programme) else None


def _funding(found: AnyProgramme | None) -> FundingProgramme | None:
    return found if isinstance(found, FundingProgramme) else None

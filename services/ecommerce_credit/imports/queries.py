"""The SQL of imports."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.imports.model import Import, Refused
from services.ecommerce_credit.imports.tables import imports

_COLUMNS = [imports.c[name] for name in Import.__slots__]


async def add(connection: AsyncConnection, done: Import) -> None:
    await connection.execute(insert(imports).values(asdict(done) | {"refused": [asdict(one) for one in done.refused]}))


async def load(connection: AsyncConnection, import_id: UUID) -> Import | None:
    row = (await connection.execute(select(*_COLUMNS).where(imports.c.id == import_id))).one_or_none()
    return None if row is None else _import(row)


async def find(
    connection: AsyncConnection, *, marketplace: str | None, before: UUID | None, limit: int
) -> list[Import]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(imports.c.id.desc()).limit(limit + 1)
    if marketplace is not None:
        wanted = wanted.where(imports.c.marketplace == marketplace)
    if before is not None:
        wanted = wanted.where(imports.c.id < before)
    return [_import(row) for row in await connection.execute(wanted)]


def _import(row: Any) -> Import:
    return Import(**dict(row._mapping) | {"refused": tuple(Refused(**one) for one in row.refused)})

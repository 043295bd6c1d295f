"""The SQL of imports."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.imports.model import Import, Refused, Source
from services.info_broker.imports.tables import imports

_COLUMNS = [imports.c[name] for name in Import.__slots__]


async def add(connection: AsyncConnection, done: Import) -> None:
    await connection.execute(insert(imports).values(asdict(done) | {"refused": [asdict(one) for one in done.refused]}))


async def load(connection: AsyncConnection, import_id: UUID) -> Import | None:
    row = (await connection.execute(select(*_COLUMNS).where(imports.c.id == import_id))).one_or_none()
    return None if row is None else _import(row)


async def find(connection: AsyncConnection, *, before: UUID | None, limit: int) -> Sequence[Import]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(imports.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(imports.c.id < before)
    return [_import(row) for row in await connection.execute(wanted)]


async def hold_prefixes_still(connection: AsyncConnection) -> None:
    """Prefixes do not change until the caller's transaction ends; imports of products run beside each other."""
    await connection.execute(text("LOCK TABLE institution_prefixes IN SHARE MODE"))


async def claim_prefixes(connection: AsyncConnection) -> None:
    """The caller alone changes prefixes, and no product is recognised by them meanwhile."""
    await connection.execute(text("LOCK TABLE institution_prefixes IN SHARE ROW EXCLUSIVE MODE"))


def _import(row: Any) -> Import:
    values = {name: getattr(row, name) for name in Import.__slots__}
    refused = tuple(Refused(**one) for one in row.refused)
    return Import(**values | {"source": Source(row.source), "refused": refused})

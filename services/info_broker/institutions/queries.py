"""The SQL of institutions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.institutions.model import Institution
from services.info_broker.institutions.tables import institution_prefixes, institution_versions, institutions

_NOW = (
    institutions.c.id,
    institutions.c.code,
    institutions.c.version,
    institutions.c.valid_from,
    institutions.c.content,
)

# One statement decides new, changed and unchanged for the whole chunk; rows in the order of their codes, so that two imports at
# once wait for each other and never deadlock. What it does not return was the same already.
_SAVE = text("""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
            AS t(id uuid, code text, kind text, short_name text, content jsonb, content_hash text)
    ), saved AS (
        INSERT INTO institutions AS held (id, code, kind, short_name, content, content_hash, version, valid_from)
        SELECT id, code, kind, short_name, content, decode(content_hash, 'hex'), 1, :now FROM given ORDER BY code
        ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, short_name = excluded.short_name,
            content = excluded.content, content_hash = excluded.content_hash,
            version = held.version + 1, valid_from = excluded.valid_from
            WHERE held.content_hash <> excluded.content_hash
        RETURNING id, code, version, valid_from, content
    ), kept AS (
        INSERT INTO institution_versions (institution_id, version, valid_from, content)
        SELECT id, version, valid_from, content FROM saved
    )
    SELECT id, code, version, valid_from, content FROM saved
""")


async def load(connection: AsyncConnection, institution_id: UUID) -> Institution | None:
    row = (await connection.execute(select(*_NOW).where(institutions.c.id == institution_id))).one_or_none()
    return None if row is None else _institution(row)


async def load_many(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Institution]:
    rows = await connection.execute(select(*_NOW).where(institutions.c.id.in_(set(ids))))
    return {row.id: _institution(row) for row in rows}


async def load_at(connection: AsyncConnection, institution_id: UUID, instant: datetime) -> Institution | None:
    """The version that was shown at that instant; None if there was none yet."""
    version = institution_versions.c
    wanted = (
        select(institutions.c.id, institutions.c.code, version.version, version.valid_from, version.content)
        .join(institutions, institutions.c.id == version.institution_id)
        .where(version.institution_id == institution_id, version.valid_from <= instant)
        .order_by(version.version.desc())
        .limit(1)
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _institution(row)


async def find(
    connection: AsyncConnection, *, kind: str | None, channel: str | None, after: str | None, limit: int
) -> Sequence[Institution]:
    """By code, at most limit + 1."""
    wanted = select(*_NOW).order_by(institutions.c.code).limit(limit + 1)
    if kind is not None:
        wanted = wanted.where(institutions.c.kind == kind)
    if channel is not None:
        wanted = wanted.where(institutions.c.content.contains({"service_channels": [{"channel": channel}]}))
    if after is not None:
        wanted = wanted.where(institutions.c.code > after)
    return [_institution(row) for row in await connection.execute(wanted)]


async def ids_by_code(connection: AsyncConnection, codes: Iterable[str]) -> dict[str, UUID]:
    wanted = select(institutions.c.code, institutions.c.id).where(institutions.c.code.in_(set(codes)))
    return {row.code: row.id for row in await connection.execute(wanted)}


async def prefixes(connection: AsyncConnection) -> dict[str, UUID]:
    rows = await connection.execute(select(institution_prefixes.c.prefix, institution_prefixes.c.institution_id))
    return {row.prefix: row.institution_id for row in rows}


async def prefix_holders(connection: AsyncConnection, wanted: Iterable[str]) -> dict[str, str]:
    """Which of these prefixes are held, by which institution's code."""
    rows = await connection.execute(
        select(institution_prefixes.c.prefix, institutions.c.code)
        .join(institutions, institutions.c.id == institution_prefixes.c.institution_id)
        .where(institution_prefixes.c.prefix.in_(set(wanted)))
    )
    return {row.prefix: row.code for row in rows}


async def save(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]], now: datetime) -> Sequence[Institution]:
    """Insert or change institutions, each once in `rows`; answers those that are new (version 1) or changed."""
    saved = await connection.execute(_SAVE, {"rows": json.dumps(list(rows)), "now": now})
    return [_institution(row) for row in saved]


async def replace_prefixes(connection: AsyncConnection, saved: Sequence[Institution]) -> None:
    held = institution_prefixes.c
    await connection.execute(delete(institution_prefixes).where(held.institution_id.in_([one.id for one in saved])))
    wanted = [
        {"prefix": prefix, "institution_id": one.id} for one in saved for prefix in one.content["product_name_prefixes"]
    ]
    if wanted:
        await connection.execute(insert(institution_prefixes), wanted)


async def without_own_version(connection: AsyncConnection) -> tuple[int, list[UUID]]:
    """Pair assertion for the audit: how many institutions there are, and those whose last version is not what is shown."""
    own = and_(
        institution_versions.c.institution_id == institutions.c.id,
        institution_versions.c.version == institutions.c.version,
        institution_versions.c.content == institutions.c.content,
    )
    rows = await connection.execute(
        select(institutions.c.id, institution_versions.c.version).outerjoin(institution_versions, own)
    )
    found = rows.all()
    return len(found), [row.id for row in found if row.version is None]


def _institution(row: Any) -> Institution:
    return Institution(row.id, row.code, row.version, row.valid_from, row.content)

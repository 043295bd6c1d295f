"""The SQL of products."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.institutions.tables import institution_prefixes
from services.info_broker.products.model import Product, ProductDraft, ProductStatus
from services.info_broker.products.tables import product_versions, products

_SHOWN = ("version", "valid_from", "name", "name_en", "institution_id", "status", "terms")
_NOW = (products.c.id, products.c.source, products.c.kind, products.c.code, *(products.c[name] for name in _SHOWN))
_THEN = (
    products.c.id,
    products.c.source,
    products.c.kind,
    products.c.code,
    *(product_versions.c[name] for name in _SHOWN),
)

# One statement decides new, changed and unchanged for the whole chunk, in the order of the codes, so that two imports of one file
# at once wait for each other and never deadlock. Rows it does not return were the same already.
_SAVE = text("""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS t(
            id uuid, source text, code text, kind text, type text, name text, name_en text, initials text, pinyin text,
            institution_id uuid, status text, terms jsonb, content_hash text, tokens text[], search_text text)
    ), saved AS (
        INSERT INTO products AS held (id, source, code, kind, type, name, name_en, initials, pinyin, institution_id,
            status, terms, content_hash, version, valid_from, tokens, search_text)
        SELECT id, source, code, kind, type, name, name_en, initials, pinyin, institution_id,
            status, terms, decode(content_hash, 'hex'), 1, :now, tokens, search_text
        FROM given ORDER BY source, code
        ON CONFLICT (source, code) DO UPDATE SET kind = excluded.kind, type = excluded.type, name = excluded.name,
            name_en = excluded.name_en, initials = excluded.initials, pinyin = excluded.pinyin,
            institution_id = excluded.institution_id, status = excluded.status, terms = excluded.terms,
            content_hash = excluded.content_hash, version = held.version + 1, valid_from = excluded.valid_from,
            tokens = excluded.tokens, search_text = excluded.search_text
            WHERE held.content_hash <> excluded.content_hash
        RETURNING id, version, valid_from, name, name_en, institution_id, status, terms
    ), kept AS (
        INSERT INTO product_versions (product_id, version, valid_from, name, name_en, institution_id, status, terms)
        SELECT id, version, valid_from, name, name_en, institution_id, status, terms FROM saved
    )
    SELECT count(*) FILTER (WHERE version = 1) AS created, count(*) FILTER (WHERE version > 1) AS changed FROM saved
""")

_REFRESH_WORDS = text("""
    UPDATE products SET tokens = given.tokens, search_text = given.search_text
    FROM (SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS t(id uuid, tokens text[], search_text text)
        ORDER BY id) AS given
    WHERE products.id = given.id AND products.search_text <> given.search_text
""")


async def load(
    connection: AsyncConnection, product_id: UUID, *, lock: Literal["share", "update"] | None = None
) -> Product | None:
    """lock: until the caller's transaction ends nobody changes the product (share), nor locks it at all (update)."""
    wanted = select(*_NOW).where(products.c.id == product_id)
    if lock is not None:
        wanted = wanted.with_for_update(read=lock == "share")
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else product_from(row)


async def load_at(connection: AsyncConnection, product_id: UUID, instant: datetime) -> Product | None:
    """The version that was shown at that instant; None if there was none yet."""
    row = (
        await connection.execute(
            select(*_THEN)
            .join(product_versions, product_versions.c.product_id == products.c.id)
            .where(products.c.id == product_id, product_versions.c.valid_from <= instant)
            .order_by(product_versions.c.version.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else product_from(row)


async def versions(
    connection: AsyncConnection, product_id: UUID, *, before: int | None, limit: int
) -> Sequence[Product]:
    """Newest first, at most limit + 1."""
    wanted = (
        select(*_THEN)
        .join(product_versions, product_versions.c.product_id == products.c.id)
        .where(products.c.id == product_id)
        .order_by(product_versions.c.version.desc())
        .limit(limit + 1)
    )
    if before is not None:
        wanted = wanted.where(product_versions.c.version < before)
    return [product_from(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]], now: datetime) -> tuple[int, int]:
    """Insert or change products, each (source, code) once in `rows`. Answers how many were created and how many changed."""
    counted = (await connection.execute(_SAVE, {"rows": json.dumps(list(rows)), "now": now})).one()
    return counted.created, counted.changed


async def kinds_by_code(connection: AsyncConnection, source: str, codes: Iterable[str]) -> dict[str, str]:
    wanted = select(products.c.code, products.c.kind).where(
        products.c.source == source, products.c.code.in_(set(codes))
    )
    return {row.code: row.kind for row in await connection.execute(wanted)}


async def ids_by_code(connection: AsyncConnection, source: str, codes: Iterable[str]) -> dict[str, UUID]:
    wanted = select(products.c.code, products.c.id).where(products.c.source == source, products.c.code.in_(set(codes)))
    return {row.code: row.id for row in await connection.execute(wanted)}


async def drafts_concerned(
    connection: AsyncConnection, institution_ids: Iterable[UUID], *, after: UUID | None, limit: int
) -> Sequence[tuple[UUID, ProductDraft]]:
    """Products that a change of these institutions may touch: theirs, and funds named like theirs. By id, at most `limit`."""
    ids = set(institution_ids)
    alike = exists().where(
        institution_prefixes.c.institution_id.in_(ids),
        func.starts_with(products.c.name, institution_prefixes.c.prefix),
    )
    concerned = or_(products.c.institution_id.in_(ids), and_(products.c.kind == "fund", alike))
    columns = [products.c[name] for name in ProductDraft.__slots__]
    wanted = select(products.c.id, *columns).where(concerned).order_by(products.c.id).limit(limit)
    if after is not None:
        wanted = wanted.where(products.c.id > after)
    rows = await connection.execute(wanted.with_for_update())
    return [(row.id, _draft(row)) for row in rows]


async def refresh_words(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give products new search words; what a user is shown does not change, so no version is made."""
    await connection.execute(_REFRESH_WORDS, {"rows": json.dumps(list(rows))})


async def without_own_version(connection: AsyncConnection) -> tuple[int, list[UUID]]:
    """Pair assertion for the audit: how many products there are, and those whose last version is not what is shown."""
    same = [product_versions.c[name].is_not_distinct_from(products.c[name]) for name in _SHOWN]
    own = and_(product_versions.c.product_id == products.c.id, *same)
    found = (
        await connection.execute(select(products.c.id, product_versions.c.version).outerjoin(product_versions, own))
    ).all()
    return len(found), [row.id for row in found if row.version is None]


def product_from(row: Any) -> Product:
    return Product(
        id=row.id,
        source=row.source,
        kind=row.kind,
        code=row.code,
        version=row.version,
        valid_from=row.valid_from,
        name=row.name,
        name_en=row.name_en,
        institution_id=row.institution_id,
        status=ProductStatus(row.status),
        terms=row.terms,
    )


def _draft(row: Any) -> ProductDraft:
    values = {name: getattr(row, name) for name in ProductDraft.__slots__}
    return ProductDraft(**values | {"status": ProductStatus(row.status)})

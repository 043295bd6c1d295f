"""The SQL of search: candidates by an index on tokens, each term checked, scored by the published formula, paged by keyset."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.institutions.tables import institutions
from services.info_broker.placements.tables import placements
from services.info_broker.products.model import Product, ProductStatus
from services.info_broker.products.queries import product_from
from services.info_broker.products.tables import products
from services.info_broker.search.model import Facet, Found, Sponsored, Wanted
from services.info_broker.search.rules import Match
from services.info_broker.search.tokens import normalise, query_tokens, terms

_COLUMNS = [products.c[name] for name in Product.__slots__]
SPONSORED_LIMIT = 3


async def find(
    connection: AsyncConnection, wanted: Wanted, *, after: tuple[int, str, UUID] | None, limit: int
) -> Sequence[Found]:
    """Matches by score descending, then code and id; at most limit + 1."""
    score = _score(wanted.query).label("score")
    scored = select(*_COLUMNS, score).where(*_conditions(wanted)).subquery()
    ordered = select(scored).order_by(scored.c.score.desc(), scored.c.code, scored.c.id).limit(limit + 1)
    if after is not None:
        last_score, last_code, last_id = after
        beyond = tuple_(scored.c.code, scored.c.id) > tuple_(literal(last_code), literal(last_id))
        ordered = ordered.where(or_(scored.c.score < last_score, and_(scored.c.score == last_score, beyond)))
    return [Found(product_from(row), row.score) for row in await connection.execute(ordered)]


async def facets(connection: AsyncConnection, wanted: Wanted) -> Sequence[Facet]:
    """Counts over all matches, the most frequent first."""
    count = func.count().label("count")
    sets = func.grouping_sets(tuple_(products.c.kind), tuple_(products.c.type), tuple_(products.c.institution_id))
    told = func.grouping(products.c.kind, products.c.type, products.c.institution_id).label("told")
    rows = await connection.execute(
        select(products.c.kind, products.c.type, products.c.institution_id, count, told)
        .where(*_conditions(wanted))
        .group_by(sets)
        .order_by(count.desc())
    )
    return [Facet(row.kind, row.type, row.institution_id, row[3]) for row in rows]


async def sponsored(connection: AsyncConnection, wanted: Wanted, now: datetime) -> Sequence[Sponsored]:
    """Paid placements of products that match the search as well, the earliest begun first."""
    rows = await connection.execute(
        select(*_COLUMNS, placements.c.id.label("placement_id"), placements.c.advertiser)
        .join(placements, placements.c.product_id == products.c.id)
        .where(placements.c.begins_at <= now, placements.c.ends_at > now, *_conditions(wanted))
        .order_by(placements.c.begins_at, placements.c.id)
        .limit(SPONSORED_LIMIT)
    )
    return [Sponsored(product_from(row), row.placement_id, row.advertiser) for row in rows]


def candidates(wanted: Wanted) -> Select[Any]:
    """Ids of all matches, for explaining the plan."""
    return select(products.c.id).where(*_conditions(wanted))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [products.c.status == ProductStatus.OFFERED]
    if wanted.query is not None:
        tokens = literal(query_tokens(wanted.query), ARRAY(Text))
        conditions.append(products.c.tokens.contains(tokens))
        conditions += [func.strpos(products.c.search_text, term) > 0 for term in terms(wanted.query)]
    if wanted.kind is not None:
        conditions.append(products.c.kind == wanted.kind)
    if wanted.type is not None:
        conditions.append(products.c.type == wanted.type)
    if wanted.institution_id is not None:
        conditions.append(products.c.institution_id == wanted.institution_id)
    if wanted.channel is not None:
        served = institutions.c.content.contains({"service_channels": [{"channel": wanted.channel}]})
        conditions.append(products.c.institution_id.in_(select(institutions.c.id).where(served)))
    return conditions


def _score(query: str | None) -> ColumnElement[int]:
    """The published formula (rules.RANKING) in SQL; the lines of `search_text` are code, initials, pinyin, name, English name."""
    if query is None:
        return products.c.popularity + _value(Match.NO_QUERY)
    phrase = normalise(query)
    code, initials, pinyin, name, english = (func.split_part(products.c.search_text, "\n", n) for n in range(1, 6))
    match = case(
        (code == phrase, _value(Match.EXACT_CODE)),
        (or_(name == phrase, initials == phrase, english == phrase), _value(Match.EXACT_NAME)),
        (func.starts_with(name, phrase), _value(Match.NAME_BEGINS)),
        (
            or_(func.starts_with(code, phrase), func.starts_with(initials, phrase)),
            _value(Match.CODE_OR_INITIALS_BEGIN),
        ),
        (
            or_(func.starts_with(pinyin, phrase), func.starts_with(english, phrase)),
            _value(Match.PINYIN_OR_ENGLISH_BEGINS),
        ),
        (func.strpos(name, phrase) > 0, _value(Match.NAME_CONTAINS)),
        else_=_value(Match.ALL_TERMS),
    )
    return match + products.c.popularity


def _value(match: Match) -> ColumnElement[int]:
    return literal_column(str(match.value), Integer)

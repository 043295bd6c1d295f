"""The SQL of views and of the popularity counted from them."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.products.tables import products
from services.info_broker.views.model import View
from services.info_broker.views.tables import product_views

_SET_POPULARITY = text("""
    UPDATE products SET popularity = given.popularity
    FROM (SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS t(id uuid, popularity smallint) ORDER BY id) AS given
    WHERE products.id = given.id AND products.popularity <> given.popularity
""")


async def count(connection: AsyncConnection, product_id: UUID, viewer: str, day: date, now: datetime) -> View:
    first = insert(product_views).values(
        product_id=product_id, viewed_on=day, viewer=viewer, views=1, last_viewed_at=now
    )
    again = first.on_conflict_do_update(
        index_elements=["product_id", "viewed_on", "viewer"],
        set_={"views": product_views.c.views + 1, "last_viewed_at": now},
    )
    views = (await connection.execute(again.returning(product_views.c.views))).scalar_one()
    return View(product_id, viewer, day, views)


async def daily_viewers(connection: AsyncConnection, after: date) -> dict[UUID, int]:
    """Viewers since that day, each once a day, of every product that has any or is still shown as popular."""
    recent = and_(product_views.c.product_id == products.c.id, product_views.c.viewed_on > after)
    viewers = func.count(product_views.c.viewer)
    rows = await connection.execute(
        select(products.c.id, viewers)
        .outerjoin(product_views, recent)
        .where(or_(products.c.popularity > 0, product_views.c.viewer.is_not(None)))
        .group_by(products.c.id)
    )
    return {row[0]: row[1] for row in rows}


async def set_popularity(connection: AsyncConnection, popularity: Mapping[UUID, int]) -> int:
    """How many products' popularity changed."""
    rows: list[dict[str, Any]] = [
        {"id": product_id.hex, "popularity": value} for product_id, value in popularity.items()
    ]
    return (await connection.execute(_SET_POPULARITY, {"rows": json.dumps(rows)})).rowcount

"""Counting looks at products."""

from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.info_broker.errors import NoSuchProduct
from services.info_broker.products import queries as product_queries
from services.info_broker.search.rules import popularity
from services.info_broker.views import queries
from services.info_broker.views.events import PRODUCT_VIEWED, ProductViewed
from services.info_broker.views.model import View

POPULARITY_DAYS = 30


async def view(tx: Tx, caller: Caller, *, product_id: UUID) -> View:
    """Count a look at a product."""
    product = await product_queries.load(tx.connection, product_id)
    if product is None:
        raise NoSuchProduct("no such product", field="product_id")
    counted = await queries.count(tx.connection, product_id, caller.party, tx.today, tx.now)
    told = ProductViewed(
        product_id=product_id,
        product_kind=product.terms["kind"],
        viewer=caller.party,
        viewed_on=counted.viewed_on,
        first_of_day=counted.views == 1,
    )
    tx.events.add(PRODUCT_VIEWED, encode("prd", product_id), told.model_dump(mode="json"))
    return counted


async def refresh_popularity(tx: Tx, caller: Caller) -> int:
    """Popularity of every product from the last 30 days; answers how many changed."""
    viewers = await queries.daily_viewers(tx.connection, tx.today - timedelta(days=POPULARITY_DAYS))
    return await queries.set_popularity(tx.connection, {one: popularity(count) for one, count in viewers.items()})

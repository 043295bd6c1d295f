"""Recording paid placements."""

from datetime import datetime
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.info_broker.errors import NoSuchProduct, PlacementOverlaps
from services.info_broker.placements import queries
from services.info_broker.placements.model import Placement
from services.info_broker.products import queries as product_queries


async def place(
    tx: Tx, caller: Caller, *, product_id: UUID, advertiser: str, begins_at: datetime, ends_at: datetime
) -> Placement:
    """Show a product apart, marked as paid by the advertiser. Raises PlacementOverlaps: one at a time for a product."""
    if await product_queries.load(tx.connection, product_id, lock="update") is None:
        raise NoSuchProduct("no such product", field="product_id")
    if await queries.overlaps(tx.connection, product_id, begins_at, ends_at):
        raise PlacementOverlaps("the product has a placement in that time", field="begins_at")
    placement = Placement(tx.ids.new(), product_id, advertiser, begins_at, ends_at, tx.now, caller.party)
    await queries.add(tx.connection, placement)
    return placement

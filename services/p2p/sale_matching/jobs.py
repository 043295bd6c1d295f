"""Offers of claims and the queue, one after another: what a look chose is paid at once, then the next is looked for."""

from uuid import UUID

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.resale.jobs import settle_purchase
from services.p2p.sale_matching import actions, queries

SLICE = 500
MOST_PURCHASES = 200
"""Of one sale in one go; the rest comes with the next."""
P2P = service_caller("p2p")
log = structlog.get_logger(__name__)


async def match_sales(runtime: Runtime) -> None:
    """Every open sale that somebody might buy, so many at a time: also those behind others that nobody buys after all. One whose money
    does not come through is left to its own job."""
    now, after = await runtime.database.now(), queries.FIRST
    while True:
        async with runtime.reading() as connection:
            found = await queries.wanted(connection, now, after=after, limit=SLICE)
        for one in found:
            try:
                await match_sale(runtime, one.id)
            except Exception:
                log.exception("sale_not_matched", sale_id=str(one.id))
        if len(found) < SLICE:
            return
        after = found[-1]


async def match_sale(runtime: Runtime, sale_id: UUID) -> None:
    for _ in range(MOST_PURCHASES):
        async with runtime.reading() as connection:
            number = await queries.last_number(connection, sale_id)
        seed = f"p2p.sale_matching\0{sale_id}\0{number}"
        purchase = await commands.perform(runtime, actions.next_purchase, P2P, seed=seed, sale_id=sale_id)
        if purchase is None:
            return
        await settle_purchase(runtime, {"id": str(purchase.id)})

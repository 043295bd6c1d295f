"""`…/why-sale`: a lender asks what her standing order made of an offer of a claim."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.resale import queries as resale_queries
from services.p2p.resale.errors import UnknownSale
from services.p2p.sale_matching.explaining import explain
from services.p2p.sale_matching.schemas import WhySale, why_sale
from services.p2p.standing_orders import queries as order_queries
from services.p2p.standing_orders.routes import own_or_refused
from services.p2p.wire_ids import SaleId, StandingOrderId

router = APIRouter(prefix="/v1/standing-orders", tags=["matching"])
Reader = Annotated[Caller, requires("p2p:read")]


@router.get("/{standing_order_id}/why-sale")
async def read_why_sale(
    request: Request,
    caller: Reader,
    standing_order_id: StandingOrderId,
    sale_id: Annotated[SaleId, Query()],
    paging: Paging,
) -> Page[WhySale]:
    """Why the order did, or did not, buy of an offer: look by look, oldest first, as the book was then."""
    after = paging.after[0] if paging.after else 0
    async with runtime_of(request).reading() as connection:
        order = own_or_refused(await order_queries.load(connection, standing_order_id), caller)
        sale = await resale_queries.sale(connection, sale_id)
        if sale is None:
            raise UnknownSale("no such sale", field="sale_id")
        rows = await explain(connection, order, sale, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.look.number,))
    return Page[WhySale](items=[why_sale(row) for row in shown["items"]], next=shown["next"])

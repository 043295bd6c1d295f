"""`/v1/products/{id}/net-values`: what a fund's share was worth, day by day."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.info_broker.errors import NoSuchProduct
from services.info_broker.net_values import queries
from services.info_broker.net_values.schemas import NetValueAnswer, net_value_answer
from services.info_broker.products import queries as product_queries
from services.info_broker.products.schemas import ProductId

router = APIRouter(prefix="/v1/products", tags=["products"])
FirstDay = Annotated[date | None, Query(alias="from", description="first day")]
LastDay = Annotated[date | None, Query(alias="to", description="last day")]


@router.get("/{product_id}/net-values", response_model=Page[NetValueAnswer])
async def list_net_values(
    request: Request,
    caller: Annotated[Caller, requires("info_broker:read")],
    product_id: ProductId,
    paging: Paging,
    first: FirstDay = None,
    last: LastDay = None,
) -> dict[str, Any]:
    """Net values as they are known now, the newest day first."""
    before = None if paging.after is None else paging.after[0]
    async with runtime_of(request).reading() as connection:
        if await product_queries.load(connection, product_id) is None:
            raise NoSuchProduct("no such product", field="product_id")
        found = await queries.find(connection, product_id, first=first, last=last, before=before, limit=paging.limit)
    shown = page(found, paging, key=lambda one: (one.valued_on,))
    return shown | {"items": [net_value_answer(one) for one in shown["items"]]}

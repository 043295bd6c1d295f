"""`/v1/marketplaces`: where shops sell, and how far their orders are known."""

from typing import Annotated

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.ecommerce_credit.marketplaces import queries
from services.ecommerce_credit.marketplaces.schemas import MarketplacesAnswer, marketplace_answer

router = APIRouter(prefix="/v1/marketplaces", tags=["marketplaces"])
Reader = Annotated[Caller, requires("ecommerce_credit:read")]


@router.get("")
async def list_marketplaces(request: Request, caller: Reader) -> MarketplacesAnswer:
    """Every marketplace that was imported."""
    async with runtime_of(request).reading() as connection:
        found = await queries.every(connection)
        items = [marketplace_answer(one, await queries.extent(connection, one.code)) for one in found]
    return MarketplacesAnswer(items=items)

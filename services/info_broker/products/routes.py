"""A product now, as it was shown at an instant, and its history."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import wire
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.info_broker.errors import NoSuchProduct, NotYetKnown
from services.info_broker.institutions import queries as institution_queries
from services.info_broker.institutions.model import Institution
from services.info_broker.products import queries
from services.info_broker.products.model import Product
from services.info_broker.products.schemas import ProductAnswer, ProductId, product_answer

router = APIRouter(prefix="/v1/products", tags=["products"])
Reader = Annotated[Caller, requires("info_broker:read")]


@router.get("/{product_id}")
async def read_product(
    request: Request,
    caller: Reader,
    product_id: ProductId,
    at: Annotated[wire.Instant | None, Query(description="as it was shown at this instant")] = None,
) -> ProductAnswer:
    """A product now, or as a user saw it at an instant, with its institution as of then."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        current = await queries.load(connection, product_id)
        if current is None:
            raise NoSuchProduct("no such product", field="product_id")
        shown = current if at is None else await queries.load_at(connection, product_id, at)
        if shown is None:
            raise NotYetKnown("the product was not known at that instant", field="at")
        institution = await _institution(connection, shown, at)
    return product_answer(shown, institution, business_day(at or now, runtime.settings.zone))


@router.get("/{product_id}/versions", response_model=Page[ProductAnswer])
async def list_product_versions(
    request: Request, caller: Reader, product_id: ProductId, paging: Paging
) -> dict[str, Any]:
    """Every version ever shown, the newest first."""
    runtime = runtime_of(request)
    before = None if paging.after is None else int(paging.after[0])
    async with runtime.reading() as connection:
        if await queries.load(connection, product_id) is None:
            raise NoSuchProduct("no such product", field="product_id")
        found = await queries.versions(connection, product_id, before=before, limit=paging.limit)
        shown = page(found, paging, key=lambda one: (one.version,))
        answers = [
            product_answer(
                one,
                await _institution(connection, one, one.valid_from),
                business_day(one.valid_from, runtime.settings.zone),
            )
            for one in shown["items"]
        ]
    return shown | {"items": answers}


async def _institution(connection: AsyncConnection, product: Product, at: datetime | None) -> Institution | None:
    if product.institution_id is None:
        return None
    if at is None:
        return await institution_queries.load(connection, product.institution_id)
    return await institution_queries.load_at(connection, product.institution_id, at)

"""Looking for products."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Paging, page
from chassis.runtime import runtime_of
from services.info_broker.errors import EmptyQuery
from services.info_broker.institutions import queries as institution_queries
from services.info_broker.institutions.profile import Channel
from services.info_broker.institutions.schemas import InstitutionId
from services.info_broker.products.terms import ProductKind
from services.info_broker.search import queries
from services.info_broker.search.model import Facet, Found, Sponsored, Wanted
from services.info_broker.search.schemas import SearchAnswer, facets_answer, hits, sponsored_hits
from services.info_broker.search.tokens import LONGEST_QUERY, query_tokens

router = APIRouter(prefix="/v1/products", tags=["products"])


@router.get("")
async def search_products(
    request: Request,
    caller: Annotated[Caller, requires("info_broker:read")],
    paging: Paging,
    q: Annotated[
        str | None,
        Query(max_length=LONGEST_QUERY, description="Chinese or English words, code, pinyin or its initials"),
    ] = None,
    kind: ProductKind | None = None,
    type: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_]{1,40}$")] = None,
    institution_id: InstitutionId | None = None,
    channel: Annotated[Channel | None, Query(description="of the institution's service")] = None,
) -> SearchAnswer:
    """Products offered, by the published ranking; paid placements apart and marked."""
    if q is not None and not query_tokens(q):
        raise EmptyQuery("there is nothing in the query that can be searched for", field="q")
    wanted = Wanted(q, kind, type, institution_id, channel)
    runtime = runtime_of(request)
    now = await runtime.database.now()
    first = paging.after is None
    async with runtime.reading() as connection:
        found = await queries.find(connection, wanted, after=paging.after, limit=paging.limit)
        counted = await queries.facets(connection, wanted) if first else []
        paid = await queries.sponsored(connection, wanted, now) if first else []
        known = await institution_queries.load_many(connection, _owners(found, counted, paid))
    day = business_day(now, runtime.settings.zone)
    shown = page(found, paging, key=lambda one: (one.score, one.product.code, one.product.id))
    return SearchAnswer(
        items=hits(shown["items"], known, day),
        next=shown["next"],
        facets=facets_answer(counted, known) if first else None,
        sponsored=sponsored_hits(paid, known, day),
    )


def _owners(found: Sequence[Found], counted: Sequence[Facet], paid: Sequence[Sponsored]) -> set[UUID]:
    shown = [one.product for one in found] + [one.product for one in paid]
    ids = {product.institution_id for product in shown} | {one.institution_id for one in counted}
    return {one for one in ids if one is not None}

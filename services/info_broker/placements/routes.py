"""Paid placements, recorded by operators and open to every reader."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.info_broker.placements import actions, queries
from services.info_broker.placements.schemas import PlacementAnswer, PlacementRequest, placement_answer

router = APIRouter(prefix="/v1/placements", tags=["placements"])


@router.post("", status_code=201, response_model=PlacementAnswer)
async def record_placement(
    request: Request, body: PlacementRequest, caller: Annotated[Caller, requires("info_broker:operate")]
) -> Response:
    """Show a product apart from the ranking, marked as paid."""
    return await commands.run(
        request,
        actions.place,
        placement_answer,
        product_id=body.product_id,
        advertiser=body.advertiser,
        begins_at=body.begins_at,
        ends_at=body.ends_at,
    )


@router.get("", response_model=Page[PlacementAnswer])
async def list_placements(
    request: Request, caller: Annotated[Caller, requires("info_broker:read")], paging: Paging
) -> dict[str, Any]:
    """Who pays for which place, newest first: open to every reader."""
    before = None if paging.after is None else paging.after[0]
    async with runtime_of(request).reading() as connection:
        found = await queries.find(connection, before=before, limit=paging.limit)
    shown = page(found, paging, key=lambda one: (one.id,))
    return shown | {"items": [placement_answer(one) for one in shown["items"]]}

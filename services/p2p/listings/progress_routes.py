"""`/v1/listings/{listing_id}/progress`: how full a listing is, told as it changes (server-sent events)."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.p2p.errors import UnknownListing
from services.p2p.listings import progress
from services.p2p.wire_ids import ListingId

router = APIRouter(prefix="/v1", tags=["listings"])
Reader = Annotated[Caller, requires("p2p:read")]


@router.get("/listings/{listing_id}/progress", response_class=StreamingResponse)
async def watch_progress(request: Request, caller: Reader, listing_id: ListingId) -> StreamingResponse:
    """Events `progress` with state, amount, committed and placed, at once and whenever they change, until the listing ends."""
    runtime = runtime_of(request)
    runtime.get(progress.Watchers).require_room(caller.party)
    listing = await progress.load(runtime, listing_id)
    if listing is None:
        raise UnknownListing("no such listing", field="listing_id")
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(
        progress.told(runtime, listing, caller.party), media_type="text/event-stream", headers=headers
    )

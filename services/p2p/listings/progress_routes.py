"""`/v1/listings/{listing_id}/progress`: how full a listing is, told as it changes (server-sent events)."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from chassis.errors import TooMany
from chassis.identity import Caller, requires
from chassis.runtime import Runtime, runtime_of
from services.p2p.errors import UnknownListing
from services.p2p.listings import queries
from services.p2p.listings.model import Listing, ListingState
from services.p2p.wire_ids import ListingId, listing_text

router = APIRouter(prefix="/v1", tags=["listings"])
Reader = Annotated[Caller, requires("p2p:read")]
LOOK_SECONDS, LONGEST_SECONDS, MOST_WATCHERS = 1.0, 300.0, 500
"""A stream ends by itself; browsers then ask again, as `retry` tells them."""
RETRY_MILLISECONDS = 3_000
ENDED = frozenset({ListingState.DISBURSED, ListingState.FAILED})


class TooManyWatchers(TooMany):
    code = "too_many_watchers"


class Watchers:
    """Streams that are open in this process. Found by `runtime.get(Watchers)`."""

    def __init__(self) -> None:
        self.open = 0


@router.get("/listings/{listing_id}/progress", response_class=StreamingResponse)
async def watch_progress(request: Request, caller: Reader, listing_id: ListingId) -> StreamingResponse:
    """Events `progress` with state, amount, committed and placed, at once and whenever they change, until the listing ends."""
    runtime = runtime_of(request)
    watchers = runtime.get(Watchers)
    if watchers.open >= MOST_WATCHERS:
        raise TooManyWatchers(f"at most {MOST_WATCHERS} streams at once")
    listing = await _load(runtime, listing_id)
    if listing is None:
        raise UnknownListing("no such listing", field="listing_id")
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_told(runtime, watchers, listing), media_type="text/event-stream", headers=headers)


async def _told(runtime: Runtime, watchers: Watchers, listing: Listing) -> AsyncIterator[bytes]:
    watchers.open += 1
    try:
        until, last = time.monotonic() + LONGEST_SECONDS, b""
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        found: Listing | None = listing
        while found is not None:
            event = _event(found)
            if event != last:
                yield event
                last = event
            if found.state in ENDED or time.monotonic() > until:
                return
            await asyncio.sleep(LOOK_SECONDS)
            found = await _load(runtime, listing.id)
    finally:
        watchers.open -= 1


async def _load(runtime: Runtime, listing_id: UUID) -> Listing | None:
    async with runtime.reading() as connection:
        return await queries.load(connection, listing_id)


def _event(listing: Listing) -> bytes:
    facts = {
        "listing_id": listing_text(listing.id),
        "state": listing.state,
        "amount": listing.amount_minor,
        "committed_minor": listing.committed_minor,
        "placed_minor": listing.placed_minor,
        "currency": listing.currency,
    }
    return b"event: progress\ndata: " + msgspec.json.encode(facts) + b"\n\n"

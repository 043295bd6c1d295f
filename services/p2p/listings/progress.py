"""How full a listing is, told as it changes: the events of one stream, and how many streams there may be."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from chassis.errors import TooMany
from chassis.runtime import Runtime
from services.p2p.listings import queries
from services.p2p.listings.model import Listing, ListingState
from services.p2p.wire_ids import listing_text

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

    def require_room(self) -> None:
        """Raises TooManyWatchers."""
        if self.open >= MOST_WATCHERS:
            raise TooManyWatchers(f"at most {MOST_WATCHERS} streams at once")


async def load(runtime: Runtime, listing_id: UUID) -> Listing | None:
    async with runtime.reading() as connection:
        return await queries.load(connection, listing_id)


async def told(runtime: Runtime, listing: Listing) -> AsyncIterator[bytes]:
    """Server-sent events, from how it stands until it has ended."""
    watchers = runtime.get(Watchers)
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
            found = await load(runtime, listing.id)
    finally:
        watchers.open -= 1


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

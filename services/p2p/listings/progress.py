"""How full a listing is, told as it changes: the events of one stream, and how many streams there may be."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from uuid import UUID

import msgspec

from chassis.errors import TooMany
from chassis.runtime import Runtime
from services.p2p.listings import queries
from services.p2p.listings.model import Listing, ListingState
from services.p2p.wire_ids import listing_text

LOOK_SECONDS, LONGEST_SECONDS = 1.0, 300.0
"""A stream ends by itself; browsers then ask again, as `retry` tells them."""
MOST_WATCHERS, MOST_OF_ONE = 500, 10
"""Streams at once of everybody, and of one caller, who else could keep out all others."""
RETRY_MILLISECONDS = 3_000
ENDED = frozenset({ListingState.DISBURSED, ListingState.FAILED})


class TooManyWatchers(TooMany):
    code = "too_many_watchers"


class Watchers:
    """Streams that are open in this process, by caller. Found by `runtime.get(Watchers)`."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()

    def have_room(self, party: str) -> bool:
        return self.open.total() < MOST_WATCHERS and self.open[party] < MOST_OF_ONE

    def require_room(self, party: str) -> None:
        """Raises TooManyWatchers."""
        if not self.have_room(party):
            raise TooManyWatchers(f"at most {MOST_WATCHERS} streams at once, {MOST_OF_ONE} of one caller")


async def load(runtime: Runtime, listing_id: UUID) -> Listing | None:
    async with runtime.reading() as connection:
        return await queries.load(connection, listing_id)


async def told(runtime: Runtime, listing: Listing, party: str) -> AsyncGenerator[bytes]:
    """Server-sent events to a caller, from how it stands until it has ended. Whoever finds all places taken is told to try again."""
    watchers = runtime.get(Watchers)
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    # Many may have asked at the same time and found room.
    if not watchers.have_room(party):
        return
    watchers.open[party] += 1
    try:
        async for event in _events(runtime, listing):
            yield event
    finally:
        watchers.open[party] -= 1
        if not watchers.open[party]:
            del watchers.open[party]


async def _events(runtime: Runtime, listing: Listing) -> AsyncGenerator[bytes]:
    until, last = time.monotonic() + LONGEST_SECONDS, b""
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

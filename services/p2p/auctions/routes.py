"""`/v1/listings/{id}/auction`: how an auction stands."""

from typing import Annotated

from fastapi import APIRouter, Request

from chassis import wire
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.p2p.auctions import rules
from services.p2p.bids import queries as bid_queries
from services.p2p.errors import UnknownListing
from services.p2p.listings import queries as listing_queries
from services.p2p.programmes import queries as programme_queries
from services.p2p.wire_ids import ListingId

router = APIRouter(prefix="/v1", tags=["auctions"])
Reader = Annotated[Caller, requires("p2p:read")]


class AuctionAnswer(wire.Answer):
    """placed: how many bids stand, of which amount in all; winning_rate: at which all winners would lend now, None while the amount is not
    covered: a bid above it is refused, one at it shares what is left at that rate."""

    listing_id: ListingId
    amount: int
    lowest_rate: wire.Rate
    highest_rate: wire.Rate
    placed: int
    placed_minor: int
    winning_rate: wire.Rate | None


@router.get("/listings/{listing_id}/auction")
async def read_auction(request: Request, caller: Reader, listing_id: ListingId) -> AuctionAnswer:
    """Not found for a listing whose rate is not bid for."""
    async with runtime_of(request).reading() as connection:
        listing = await listing_queries.load(connection, listing_id)
        if listing is None or listing.highest_rate is None:
            raise UnknownListing("no such auction", field="listing_id")
        placed = await bid_queries.placed(connection, listing_id)
        programme = await programme_queries.version(connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    return AuctionAnswer(
        listing_id=listing.id,
        amount=listing.amount_minor,
        lowest_rate=programme.lowest_rate,
        highest_rate=listing.highest_rate,
        placed=len(placed),
        placed_minor=sum(bid.amount_minor for bid in placed),
        winning_rate=rules.margin(placed, listing.amount_minor),
    )

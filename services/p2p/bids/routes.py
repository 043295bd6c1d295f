"""`/v1/listings/{id}/bids`, `/v1/bids`: lending."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.bids import actions, queries
from services.p2p.bids.model import Bid, BidState
from services.p2p.bids.retaining import PLACE_JOB
from services.p2p.bids.schemas import BidAnswer, BidRequest, StateName, bid_answer
from services.p2p.errors import UnknownBid
from services.p2p.wire_ids import BidId, ListingId

router = APIRouter(prefix="/v1", tags=["bids"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
OPERATE = "p2p:operate"

PENDING: dict[int | str, dict[str, Any]] = {202: {"model": BidAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, bid_id: UUID) -> Bid:
    bid = await queries.load(connection, bid_id)
    assert bid is not None
    return bid


_PLACE = Continuation(job=PLACE_JOB, load=_load, pending=lambda bid: bid.state is BidState.PENDING)
_RELEASE = Continuation(job=actions.RELEASE_JOB, load=_load, pending=lambda bid: bid.state is BidState.RELEASING)


@router.post("/listings/{listing_id}/bids", status_code=201, response_model=BidAnswer, responses=PENDING)
async def place_bid(request: Request, body: BidRequest, caller: Writer, listing_id: ListingId) -> Response:
    """Bid on an open listing, in an auction with a rate: the amount is held in the lender's wallet.

    201 with `placed` or `refused`; 202 while it is unknown."""
    return await commands.run(
        request,
        actions.place,
        bid_answer,
        continuation=_PLACE,
        listing_id=listing_id,
        amount_minor=body.amount,
        currency=body.currency,
        annual_rate=body.annual_rate,
    )


@router.post("/bids/{bid_id}/withdrawal", status_code=200, response_model=BidAnswer, responses=PENDING)
async def withdraw_bid(request: Request, caller: Writer, bid_id: BidId) -> Response:
    """Take a placed bid back before its listing is full: the hold is released. 202 while that is under way."""
    return await commands.run(request, actions.withdraw, bid_answer, status=200, continuation=_RELEASE, bid_id=bid_id)


@router.get("/bids")
async def list_bids(
    request: Request,
    caller: Reader,
    paging: Paging,
    state: StateName | None = None,
    listing_id: ListingId | None = None,
) -> Page[BidAnswer]:
    """The lender's own, newest first; an operator sees everybody's."""
    lender = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection, lender=lender, listing_id=listing_id, state=state, before=before, limit=paging.limit
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[BidAnswer](items=[bid_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/bids/{bid_id}")
async def read_bid(request: Request, caller: Reader, bid_id: BidId) -> BidAnswer:
    async with runtime_of(request).reading() as connection:
        bid = await queries.load(connection, bid_id)
    if bid is None or not (bid.lender == caller.party or caller.may(OPERATE)):
        raise UnknownBid("no such bid", field="bid_id")
    return bid_answer(bid)

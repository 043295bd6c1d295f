"""`/v1/listings`: what lenders may bid on; and an application's way to become one."""

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
from services.p2p.errors import UnknownListing
from services.p2p.listings import actions, ending, queries
from services.p2p.listings.model import Listing, ListingState
from services.p2p.listings.schemas import (
    ListingAnswer,
    ListingRequest,
    StateName,
    StepsAnswer,
    listing_answer,
    own_listing_answer,
    steps_answer,
    terms_of,
)
from services.p2p.loans import queries as loan_queries
from services.p2p.wire_ids import ApplicationId, ListingId

router = APIRouter(prefix="/v1", tags=["listings"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
OPERATE = "p2p:operate"

PENDING: dict[int | str, dict[str, Any]] = {202: {"model": ListingAnswer, "description": "Under way; ask again"}}


async def _load(connection: AsyncConnection, listing_id: UUID) -> Listing:
    listing = await queries.load(connection, listing_id)
    assert listing is not None
    return listing


_OPEN = Continuation(job=actions.OPEN_JOB, load=_load, pending=lambda listing: listing.state is ListingState.DRAFT)
_RELEASE = Continuation(
    job=ending.RELEASE_JOB, load=_load, pending=lambda listing: listing.state is ListingState.RELEASING
)


@router.post("/applications/{application_id}/listing", status_code=201, response_model=ListingAnswer, responses=PENDING)
async def list_application(
    request: Request, body: ListingRequest, caller: Writer, application_id: ApplicationId
) -> Response:
    """List an approved application. 202 while its account in payments is being opened."""
    return await commands.run(
        request,
        actions.request_listing,
        own_listing_answer,
        continuation=_OPEN,
        application_id=application_id,
        terms=terms_of(body),
    )


@router.post("/listings/{listing_id}/cancellation", status_code=200, response_model=ListingAnswer, responses=PENDING)
async def cancel_listing(request: Request, caller: Writer, listing_id: ListingId) -> Response:
    """The borrower or staff takes an open listing back; every hold is released. 202 while that is under way."""
    return await commands.run(
        request, ending.cancel, own_listing_answer, status=200, continuation=_RELEASE, listing_id=listing_id
    )


@router.get("/listings")
async def list_listings(
    request: Request, caller: Reader, paging: Paging, state: StateName | None = None, mine: bool = False
) -> Page[ListingAnswer]:
    """Newest first. mine: the caller's own alone."""
    before = paging.after[0] if paging.after else None
    borrower = caller.party if mine else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, state=state, borrower=borrower, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [listing_answer(row, private=_private(caller, row)) for row in shown["items"]]
    return Page[ListingAnswer](items=items, next=shown["next"])


@router.get("/listings/{listing_id}")
async def read_listing(request: Request, caller: Reader, listing_id: ListingId) -> ListingAnswer:
    async with runtime_of(request).reading() as connection:
        listing = await queries.load(connection, listing_id)
        loan = await loan_queries.of_listing(connection, listing_id)
    if listing is None:
        raise UnknownListing("no such listing", field="listing_id")
    return listing_answer(listing, private=_private(caller, listing), loan_id=loan.id if loan else None)


@router.get("/listings/{listing_id}/steps")
async def read_steps(request: Request, caller: Reader, listing_id: ListingId) -> StepsAnswer:
    """Every change of its state; for its borrower and for operators."""
    async with runtime_of(request).reading() as connection:
        listing = await queries.load(connection, listing_id)
        found = await queries.steps(connection, listing_id)
    if listing is None or not _private(caller, listing):
        raise UnknownListing("no such listing", field="listing_id")
    return steps_answer(found)


def _private(caller: Caller, listing: Listing) -> bool:
    return caller.party == listing.borrower or caller.may(OPERATE)

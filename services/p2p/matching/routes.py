"""`…/why`: a lender asks about her order; `/v1/matching-runs`: operators look at every run."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.errors import UnknownListing
from services.p2p.listings import queries as listing_queries
from services.p2p.matching import queries
from services.p2p.matching.errors import UnknownMatchingRun
from services.p2p.matching.explaining import explain
from services.p2p.matching.schemas import (
    DecisionAnswer,
    RunAnswer,
    RunWithRounds,
    WhyAnswer,
    decision_answer,
    run_answer,
    run_with_rounds,
    why_answer,
)
from services.p2p.programmes import queries as programme_queries
from services.p2p.standing_orders import queries as order_queries
from services.p2p.standing_orders.routes import own_or_refused
from services.p2p.wire_ids import ListingId, MatchingRunId, StandingOrderId

router = APIRouter(prefix="/v1", tags=["matching"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]


@router.get("/standing-orders/{standing_order_id}/why")
async def read_why(
    request: Request, caller: Reader, standing_order_id: StandingOrderId, listing_id: Annotated[ListingId, Query()]
) -> WhyAnswer:
    """Why the order was, or was not, filled in a listing: run by run, as the book was then."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        order = own_or_refused(await order_queries.load(connection, standing_order_id), caller)
        listing = await listing_queries.load(connection, listing_id)
        if listing is None:
            raise UnknownListing("no such listing", field="listing_id")
        programme = await programme_queries.version(connection, listing.programme_code, listing.programme_version)
        assert programme is not None
        reasons = await explain(connection, order, listing, programme, runtime.settings.zone)
    return why_answer(order.id, listing.id, reasons)


@router.get("/matching-runs")
async def list_runs(
    request: Request, caller: Operator, paging: Paging, listing_id: ListingId | None = None
) -> Page[RunAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, listing_id=listing_id, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[RunAnswer](items=[run_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/matching-runs/{matching_run_id}")
async def read_run(request: Request, caller: Operator, matching_run_id: MatchingRunId) -> RunWithRounds:
    """With what each of its rounds saw."""
    async with runtime_of(request).reading() as connection:
        run = await queries.load(connection, matching_run_id)
        if run is None:
            raise UnknownMatchingRun("no such run", field="matching_run_id")
        rounds = await queries.rounds(connection, matching_run_id)
    return run_with_rounds(run, rounds)


@router.get("/matching-runs/{matching_run_id}/decisions")
async def list_decisions(
    request: Request, caller: Operator, matching_run_id: MatchingRunId, paging: Paging
) -> Page[DecisionAnswer]:
    """Every order that the run looked at, in the order in which it did."""
    after = paging.after[0] if paging.after else 0
    async with runtime_of(request).reading() as connection:
        rows = await queries.decisions(connection, matching_run_id, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.position,))
    return Page[DecisionAnswer](items=[decision_answer(row) for row in shown["items"]], next=shown["next"])

"""`/v1/claims`, `/v1/portfolio`: what a lender holds."""

from typing import Annotated

from fastapi import APIRouter, Request

from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.claims import queries
from services.p2p.claims.portfolio import claim_answer, portfolio_answers, positions
from services.p2p.claims.schemas import ClaimAnswer, PortfoliosAnswer

router = APIRouter(prefix="/v1", tags=["claims"])
Reader = Annotated[Caller, requires("p2p:read")]
MOST_CLAIMS = 2_000
"""Claims that one portfolio is added up from."""


@router.get("/claims")
async def list_claims(request: Request, caller: Reader, paging: Paging) -> Page[ClaimAnswer]:
    """The caller's own claims, newest first, with expected cash flow and yield of each."""
    runtime = runtime_of(request)
    zone = runtime.settings.zone
    today = business_day(await runtime.database.now(), zone)
    before = paging.after[0] if paging.after else None
    async with runtime.reading() as connection:
        rows = await queries.of_holder(connection, caller.party, before=before, limit=paging.limit)
        shown = page(rows, paging, key=lambda row: (row.id,))
        found = await positions(connection, shown["items"], today, zone)
    return Page[ClaimAnswer](items=[claim_answer(position) for position in found], next=shown["next"])


@router.get("/portfolio")
async def read_portfolio(request: Request, caller: Reader) -> PortfoliosAnswer:
    """The caller's claims added up: yield, accrued interest, cash flow ahead, by state, largest share."""
    runtime = runtime_of(request)
    zone = runtime.settings.zone
    today = business_day(await runtime.database.now(), zone)
    async with runtime.reading() as connection:
        rows = await queries.of_holder(connection, caller.party, before=None, limit=MOST_CLAIMS)
        found = await positions(connection, rows[:MOST_CLAIMS], today, zone)
    return PortfoliosAnswer(items=portfolio_answers(found, today), complete=len(rows) <= MOST_CLAIMS)

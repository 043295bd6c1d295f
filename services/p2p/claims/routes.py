"""`/v1/claims`, `/v1/portfolio`: what a lender holds."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse

from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from services.p2p.claims import queries, statements
from services.p2p.claims.portfolio import claim_answer, portfolio_answers, positions
from services.p2p.claims.schemas import ClaimAnswer, PortfoliosAnswer, StatementAnswer, year_answer

router = APIRouter(prefix="/v1", tags=["claims"])
Reader = Annotated[Caller, requires("p2p:read")]
Year = Annotated[int, Path(ge=2000, le=2999)]
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


@router.get("/statements/{year}")
async def read_statement(request: Request, caller: Reader, year: Year) -> StatementAnswer:
    """The caller's year: interest, fees, gains and losses of sales, by currency; for her taxes, too."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        found = await statements.years(connection, caller.party, year, runtime.settings.zone)
    items = [year_answer(currency, own) for currency, own in found.items()]
    return StatementAnswer(year=year, holder=caller.party, items=items)


@router.get("/statements/{year}/lines.csv", response_class=StreamingResponse)
async def read_statement_lines(request: Request, caller: Reader, year: Year) -> StreamingResponse:
    """Every line of the year, claim by claim, in minor units."""
    headers = {"content-disposition": f'attachment; filename="statement-{year}.csv"'}
    lines = _csv(runtime_of(request), caller.party, year)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(runtime: Runtime, holder: str, year: int) -> AsyncIterator[str]:
    yield statements.csv_row(statements.HEADER)
    async with runtime.reading() as connection:
        async for entry in statements.entries(connection, holder, year, runtime.settings.zone):
            yield statements.csv_line(entry)

"""`/v1/trial-balances`, `/v1/provisions`: the books of every entity by day; a lender reads her own."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chassis.identity import Caller, require_scopes, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.wire import Currency, Day
from services.p2p.accounting import provision_queries, queries
from services.p2p.accounting.errors import NotBooked, UnknownBook
from services.p2p.accounting.forms import trial_balance_csv
from services.p2p.accounting.model import Line
from services.p2p.accounting.provision_rates import table_on
from services.p2p.accounting.schemas import (
    BookDayAnswer,
    EntityName,
    LoanProvisionsAnswer,
    ProvisionsAnswer,
    TrialBalanceAnswer,
    TrialBalancesAnswer,
    balance_answer,
    balances_answer,
    day_answer,
    provision_answer,
    stage_answer,
)
from services.p2p.claims.model import is_customer
from services.p2p.errors import UnknownLoan
from services.p2p.loans import queries as loan_queries
from services.p2p.wire_ids import LoanId

router = APIRouter(prefix="/v1", tags=["accounting"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]
InCurrency = Annotated[Currency, Query()]
MOST_CHANGES = 1_000
"""Of one loan's provisions that are shown, the newest."""


@router.get("/book-days")
async def list_book_days(request: Request, caller: Operator, paging: Paging) -> Page[BookDayAnswer]:
    """Days in the books, newest first. A day is booked once; what corrects it stands on the day of the correction."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.day,))
    return Page[BookDayAnswer](items=[day_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/trial-balances/{day}")
async def read_trial_balances(
    request: Request, caller: Operator, day: Day, currency: InCurrency = "CNY"
) -> TrialBalancesAnswer:
    """Every entity's accounts before the day, on it and after it: platform, reserve fund, sureties, and all lenders together."""
    return balances_answer(day, currency, await _lines(request, day, currency, None))


@router.get("/trial-balances/{day}/csv", response_class=Response)
async def read_trial_balances_as_csv(
    request: Request, caller: Operator, day: Day, currency: InCurrency = "CNY"
) -> Response:
    """The same as a table, UTF-8 with its mark."""
    return _csv(day, currency, "all", await _lines(request, day, currency, None))


@router.get("/trial-balances/{day}/{entity}")
async def read_trial_balance(
    request: Request, caller: Reader, day: Day, entity: EntityName, currency: InCurrency = "CNY"
) -> TrialBalanceAnswer:
    """One entity's. A lender reads her own, in which interest is income when she receives it; everything else is the operators'."""
    _require_own(caller, entity)
    return balance_answer(day, currency, entity, await _lines(request, day, currency, entity))


@router.get("/trial-balances/{day}/{entity}/csv", response_class=Response)
async def read_trial_balance_as_csv(
    request: Request, caller: Reader, day: Day, entity: EntityName, currency: InCurrency = "CNY"
) -> Response:
    """The same as a table, UTF-8 with its mark."""
    _require_own(caller, entity)
    return _csv(day, currency, entity, await _lines(request, day, currency, entity))


@router.get("/provisions/{day}")
async def read_provisions(request: Request, caller: Operator, day: Day) -> ProvisionsAnswer:
    """What is provided for at the end of the day, by whoever bears the loss, and stage."""
    async with runtime_of(request).reading() as connection:
        if await queries.load(connection, day) is None:
            raise NotBooked("that day is not in the books", field="day")
        found = await provision_queries.stages(connection, day)
    return ProvisionsAnswer(day=day, source=table_on(day).source, items=[stage_answer(one) for one in found])


@router.get("/loans/{loan_id}/provisions")
async def list_loan_provisions(request: Request, caller: Operator, loan_id: LoanId) -> LoanProvisionsAnswer:
    """What each entity keeps for a loan, each time that changed, newest first, at most 1,000."""
    async with runtime_of(request).reading() as connection:
        if await loan_queries.load(connection, loan_id) is None:
            raise UnknownLoan("no such loan", field="loan_id")
        found = await provision_queries.of_loan(connection, loan_id, limit=MOST_CHANGES)
    return LoanProvisionsAnswer(items=[provision_answer(one) for one in found])


def _require_own(caller: Caller, entity: str) -> None:
    """Another lender's book answers as one that is not there. Raises UnknownBook, MissingScope."""
    if caller.may("p2p:operate") or entity == caller.party:
        return
    if is_customer(entity):
        raise UnknownBook("no such book", field="entity")
    require_scopes(caller, ["p2p:operate"])


async def _lines(request: Request, day: date, currency: str, entity: str | None) -> list[Line]:
    """Raises NotBooked, UnknownBook where an entity never had anything in the currency."""
    async with runtime_of(request).reading() as connection:
        if await queries.load(connection, day) is None:
            raise NotBooked("that day is not in the books", field="day")
        lines = await queries.trial_balance(connection, day, currency, entity)
    if not lines and entity is not None:
        raise UnknownBook("no such book", field="entity")
    return lines


def _csv(day: date, currency: str, name: str, lines: list[Line]) -> Response:
    content = "\ufeff" + trial_balance_csv(day, currency, lines)
    headers = {"content-disposition": f'attachment; filename="trial-balance-{day}-{name}-{currency}.csv"'}
    return Response(content.encode(), media_type="text/csv; charset=utf-8", headers=headers)

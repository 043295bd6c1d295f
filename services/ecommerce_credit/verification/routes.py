"""`/v1/verification`: the audit of this service, and its figures for `sifang verify`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.ecommerce_credit.accounts import queries as account_queries
from services.ecommerce_credit.accounts.model import HousePurpose
from services.ecommerce_credit.capital import queries as capital_queries
from services.ecommerce_credit.drawings import queries as drawing_queries
from services.ecommerce_credit.lines import queries as line_queries
from services.ecommerce_credit.verification import checks, queries
from services.ecommerce_credit.verification.schemas import (
    CapitalFigures,
    DrawingFigures,
    HouseAccountAnswer,
    LineFigures,
    VerificationAnswer,
    capital_figures,
    check_answer,
    drawing_figures,
    line_figures,
    movement_answer,
)

router = APIRouter(prefix="/v1/verification", tags=["verification"])
Operator = Annotated[Caller, requires("ecommerce_credit:operate")]
MOVEMENTS_SHOWN = 1000
FIRST = UUID(int=0)


@router.get("")
async def verify(request: Request, caller: Operator) -> VerificationAnswer:
    """Check what must always hold in this service alone; `holds` is false and the offending ids stand there if anything does not."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        movements = await queries.movements(connection, MOVEMENTS_SHOWN)
        found = await checks.run(connection, now, movements, runtime.settings.zone)
        accounts = await account_queries.every(connection)
    return VerificationAnswer(
        holds=not any(check.offending for check in found),
        business_at=now,
        checks=[check_answer(check) for check in found],
        movements=[movement_answer(movement, now) for movement in movements],
        house_accounts=[HouseAccountAnswer.model_validate(account) for account in accounts],
    )


@router.get("/drawings")
async def verify_drawings(request: Request, caller: Operator, paging: Paging) -> Page[DrawingFigures]:
    """What every drawing owes, oldest first, with the sums of transfers it must follow from."""
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        rows = await drawing_queries.find(
            connection, borrower=None, line_id=None, state=None, after=after, limit=paging.limit
        )
        accounts = await account_queries.every(connection)
    income = {one.currency: one.account_id for one in accounts if one.purpose is HousePurpose.INTEREST_INCOME}
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [drawing_figures(drawing, income.get(drawing.currency)) for drawing in shown["items"]]
    return Page[DrawingFigures](items=items, next=shown["next"])


@router.get("/lines")
async def verify_lines(request: Request, caller: Operator, paging: Paging) -> Page[LineFigures]:
    """What every line owes in all, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await line_queries.find(connection, owner=None, state=None, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[LineFigures](items=[line_figures(line) for line in shown["items"]], next=shown["next"])


@router.get("/capital")
async def verify_capital(request: Request, caller: Operator, paging: Paging) -> Page[CapitalFigures]:
    """Every movement of capital, oldest first, with the sum of transfers it must follow from."""
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        rows = await capital_queries.find(connection, customer=None, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[CapitalFigures](items=[capital_figures(one) for one in shown["items"]], next=shown["next"])

"""`/v1/chargebacks`, `/v1/chargeback-debts`: what banks took back of pledges and of loans' debits, and who owes it."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.chargebacks import debts, queries
from services.p2p.chargebacks.errors import UnknownChargeback, UnknownChargebackDebt
from services.p2p.chargebacks.schemas import (
    ChargebackAnswer,
    ChargebackDebtAnswer,
    ChargebackStateName,
    DebtStateName,
    chargeback_answer,
    debt_answer,
)
from services.p2p.wire_ids import ChargebackDebtId, ChargebackId, ProjectId

router = APIRouter(prefix="/v1", tags=["crowdfunding"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]
OPERATE = "p2p:operate"


@router.get("/chargebacks")
async def list_chargebacks(
    request: Request,
    caller: Operator,
    paging: Paging,
    project_id: ProjectId | None = None,
    state: ChargebackStateName | None = None,
) -> Page[ChargebackAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, project_id=project_id, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[ChargebackAnswer](items=[chargeback_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/chargebacks/{chargeback_id}")
async def read_chargeback(request: Request, caller: Operator, chargeback_id: ChargebackId) -> ChargebackAnswer:
    async with runtime_of(request).reading() as connection:
        found = await queries.load(connection, chargeback_id)
    if found is None:
        raise UnknownChargeback("no such chargeback", field="chargeback_id")
    return chargeback_answer(found)


@router.get("/chargeback-debts")
async def list_chargeback_debts(
    request: Request,
    caller: Reader,
    paging: Paging,
    project_id: ProjectId | None = None,
    state: DebtStateName | None = None,
) -> Page[ChargebackDebtAnswer]:
    """The caller's own, newest first; an operator sees everybody's."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find_debts(
            connection,
            debtor=None if caller.may(OPERATE) else caller.party,
            project_id=project_id,
            state=state,
            before=before,
            limit=paging.limit,
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[ChargebackDebtAnswer](items=[debt_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/chargeback-debts/{debt_id}")
async def read_chargeback_debt(request: Request, caller: Reader, debt_id: ChargebackDebtId) -> ChargebackDebtAnswer:
    """For its debtor and for operators."""
    async with runtime_of(request).reading() as connection:
        debt = await queries.load_debt(connection, debt_id)
    if debt is None or not (debt.debtor == caller.party or caller.may(OPERATE)):
        raise UnknownChargebackDebt("no such debt", field="debt_id")
    return debt_answer(debt)


@router.post("/chargeback-debts/{debt_id}/cover", status_code=200, response_model=ChargebackDebtAnswer)
async def cover_chargeback_debt(request: Request, caller: Operator, debt_id: ChargebackDebtId) -> Response:
    """The house pays now, out of its fees of crowdfunding, what the debtor has not; it asks nobody for it again. For a borrower it has paid
    before, and gives up."""
    return await commands.run(request, debts.cover, debt_answer, status=200, debt_id=debt_id)

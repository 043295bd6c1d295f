"""`/v1/surplus-charges`: what was taken from cards twice, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.surplus_charges import queries
from services.payments.surplus_charges.errors import UnknownSurplusCharge
from services.payments.surplus_charges.schemas import SurplusChargeAnswer, SurplusChargeId, surplus_answer

router = APIRouter(prefix="/v1/surplus-charges", tags=["channels"])
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("")
async def list_surplus_charges(request: Request, caller: Operator, paging: Paging) -> Page[SurplusChargeAnswer]:
    """All of them, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_surplus(connection, before, paging.limit + 1)
    items = [surplus_answer(row) for row in rows]
    return Page[SurplusChargeAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{surplus_charge_id}")
async def read_surplus_charge(
    request: Request, surplus_charge_id: SurplusChargeId, caller: Operator
) -> SurplusChargeAnswer:
    async with runtime_of(request).reading() as connection:
        surplus = await queries.surplus_with(connection, surplus_charge_id)
    if surplus is None:
        raise UnknownSurplusCharge("no such charge")
    return surplus_answer(surplus)

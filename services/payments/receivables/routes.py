"""`/v1/receivables`: what is owed to the platform."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.receivables import actions, queries
from services.payments.receivables.errors import UnknownReceivable
from services.payments.receivables.model import ReceivableState
from services.payments.receivables.schemas import ReceivableAnswer, ReceivableId, WriteOffRequest, receivable_answer

router = APIRouter(prefix="/v1/receivables", tags=["receivables"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("")
async def list_receivables(
    request: Request, caller: Reader, paging: Paging, state: ReceivableState | None = None
) -> Page[ReceivableAnswer]:
    """What the caller owes, newest first; to an operator, what everybody does."""
    before = paging.after[0] if paging.after else None
    owner = None if caller.may("payments:operate") else caller.party
    async with runtime_of(request).reading() as connection:
        rows = await queries.receivables_of(connection, owner, state, before, paging.limit + 1)
    items = [receivable_answer(one) for one in rows]
    return Page[ReceivableAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{receivable_id}")
async def read_receivable(request: Request, receivable_id: ReceivableId, caller: Reader) -> ReceivableAnswer:
    async with runtime_of(request).reading() as connection:
        receivable = await queries.receivable_with(connection, receivable_id)
    if receivable is None or not (receivable.owner == caller.party or caller.may("payments:operate")):
        raise UnknownReceivable("no such receivable")
    return receivable_answer(receivable)


@router.post("/{receivable_id}/repayments", status_code=201, response_model=ReceivableAnswer)
async def repay_receivable(request: Request, receivable_id: ReceivableId, caller: Writer) -> Response:
    """Repay by what the account has, at once; the older debts of the account go first."""
    return await commands.run(request, actions.repay, receivable_answer, receivable_id=receivable_id)


@router.post("/{receivable_id}/write-off", response_model=ReceivableAnswer)
async def write_off_receivable(
    request: Request, receivable_id: ReceivableId, body: WriteOffRequest, caller: Operator
) -> Response:
    """Give up what is still owed: the platform bears it, and the account is free of it."""
    return await commands.run(
        request,
        actions.write_off,
        receivable_answer,
        status=200,
        receivable_id=receivable_id,
        reason=body.reason,
    )

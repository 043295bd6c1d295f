"""`/v1/card-returns`: what goes back to cards, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.card_returns import actions, queries
from services.payments.card_returns.errors import UnknownCardReturn
from services.payments.card_returns.model import CardReturnState
from services.payments.card_returns.schemas import CardReturnAnswer, CardReturnId, card_return_answer

router = APIRouter(prefix="/v1/card-returns", tags=["channels"])
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("")
async def list_card_returns(
    request: Request, caller: Operator, paging: Paging, state: CardReturnState | None = None
) -> Page[CardReturnAnswer]:
    """All of them, or those in a state, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_returns(connection, state, before, paging.limit + 1)
    items = [card_return_answer(row) for row in rows]
    return Page[CardReturnAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/{card_return_id}/credit", response_model=CardReturnAnswer)
async def credit_waiting_return(request: Request, card_return_id: CardReturnId, caller: Operator) -> Response:
    """What waits for a channel's reserve goes to the customer's account instead, at once."""
    return await commands.run(request, actions.credit_waiting, card_return_answer, status=200, return_id=card_return_id)


@router.get("/{card_return_id}")
async def read_card_return(request: Request, card_return_id: CardReturnId, caller: Operator) -> CardReturnAnswer:
    async with runtime_of(request).reading() as connection:
        card_return = await queries.return_with(connection, card_return_id)
    if card_return is None:
        raise UnknownCardReturn("no such return")
    return card_return_answer(card_return)

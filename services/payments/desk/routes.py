"""`/v1/desk`: what waits for an operator, over all of payments. It is decided at the records themselves."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.ids import decode
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.desk import queries
from services.payments.desk.model import Matter
from services.payments.desk.schemas import PREFIXES, DeskAnswer, WaitingAnswer, pile_answer, waiting_answer

router = APIRouter(prefix="/v1/desk", tags=["desk"])
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("")
async def read_desk(request: Request, caller: Operator) -> DeskAnswer:
    """How much of each matter waits, since when, and when the first of it is due."""
    async with runtime_of(request).reading() as connection:
        found = await queries.piles(connection)
    return DeskAnswer(items=[pile_answer(pile) for pile in found])


@router.get("/{matter}")
async def list_waiting(request: Request, matter: Matter, caller: Operator, paging: Paging) -> Page[WaitingAnswer]:
    """What waits of one matter, by id."""
    after: UUID | None = decode(PREFIXES[matter], paging.after[0]) if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.waiting(connection, matter, after, paging.limit + 1)
    items = [waiting_answer(one) for one in rows]
    return Page[WaitingAnswer].model_validate(page(items, paging, lambda row: (row.id,)))

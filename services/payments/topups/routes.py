"""`/v1/top-ups`: money in from a card."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.channels.queries import instructions_for
from services.payments.channels.schemas import AttemptsAnswer, attempts_answer
from services.payments.risk.saying import JUDGED
from services.payments.topups import actions, queries
from services.payments.topups.errors import UnknownTopUp
from services.payments.topups.model import TopUp, TopUpState
from services.payments.topups.schemas import TopUpAnswer, TopUpId, TopUpRequest, top_up_answer

router = APIRouter(prefix="/v1/top-ups", tags=["top-ups"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


async def _load(connection: AsyncConnection, top_up_id: UUID) -> TopUp:
    top_up = await queries.top_up_with(connection, top_up_id)
    assert top_up is not None
    return top_up


_COLLECT = Continuation(
    job="payments.collect_top_up", load=_load, pending=lambda top_up: top_up.state is TopUpState.PENDING
)


@router.post("", status_code=201, response_model=TopUpAnswer, dependencies=[JUDGED])
async def make_top_up(request: Request, body: TopUpRequest, caller: Writer) -> Response:
    """Charge a bound card into the wallet. 202 while the bank's result is not final."""
    return await commands.run(
        request,
        actions.request_top_up,
        top_up_answer,
        continuation=_COLLECT,
        card_id=body.card_id,
        wallet_id=body.wallet_id,
        amount=body.amount,
        currency=body.currency,
    )


@router.get("")
async def list_top_ups(request: Request, caller: Reader, paging: Paging) -> Page[TopUpAnswer]:
    """The customer's top-ups, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.top_ups_of(connection, customer_of(caller), before, paging.limit + 1)
    items = [top_up_answer(top_up) for top_up in rows]
    return Page[TopUpAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{top_up_id}")
async def read_top_up(request: Request, top_up_id: TopUpId, caller: Reader) -> TopUpAnswer:
    async with runtime_of(request).reading() as connection:
        top_up = await queries.top_up_with(connection, top_up_id)
    if top_up is None or not _visible(top_up, caller):
        raise UnknownTopUp("no such top-up")
    return top_up_answer(top_up)


@router.get("/{top_up_id}/attempts")
async def list_top_up_attempts(request: Request, top_up_id: TopUpId, caller: Reader) -> AttemptsAnswer:
    """Every order made to a channel for it, and what is known of each."""
    async with runtime_of(request).reading() as connection:
        top_up = await queries.top_up_with(connection, top_up_id)
        attempts = await instructions_for(connection, top_up_id)
    if top_up is None or not _visible(top_up, caller):
        raise UnknownTopUp("no such top-up")
    return attempts_answer(attempts)


def _visible(top_up: TopUp, caller: Caller) -> bool:
    return top_up.customer_id == caller.customer or caller.may("payments:operate")

"""`/v1/cards`: binding bank cards."""

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
from services.payments.cards import actions, queries
from services.payments.cards.errors import UnknownCard
from services.payments.cards.model import Card, CardState
from services.payments.cards.rules import card_type
from services.payments.cards.schemas import BindCardRequest, CardAnswer, CardId, ConfirmCardRequest, card_answer
from services.payments.cards.vault import CardVault
from services.payments.channels.directory import Channels

router = APIRouter(prefix="/v1/cards", tags=["cards"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


async def _load(connection: AsyncConnection, card_id: UUID) -> Card:
    card = await queries.card_with(connection, card_id)
    assert card is not None
    return card


_ASK_BANK = Continuation(
    job="payments.ask_card_bank",
    load=_load,
    pending=lambda card: card.state in (CardState.REQUESTED, CardState.CONFIRMING),
)


@router.post("", status_code=201, response_model=CardAnswer)
async def bind_card(request: Request, body: BindCardRequest, caller: Writer) -> Response:
    """Ask for a card to be bound; its bank then sends a code to the holder's phone."""
    runtime = runtime_of(request)
    kind = card_type(body.number)
    runtime.get(Channels).of(kind.bank)
    return await commands.run(
        request,
        actions.request_binding,
        card_answer,
        continuation=_ASK_BANK,
        vault=runtime.get(CardVault),
        card_type=kind,
        details=body.details(),
    )


@router.post("/{card_id}/confirmation", response_model=CardAnswer)
async def confirm_card(request: Request, card_id: CardId, body: ConfirmCardRequest, caller: Writer) -> Response:
    """Give the code. A wrong one leaves the card at `code_sent` with `refusal_code` `wrong_code`."""
    return await commands.run(
        request,
        actions.submit_code,
        card_answer,
        status=200,
        continuation=_ASK_BANK,
        card_id=card_id,
        sms_code=body.sms_code,
    )


@router.post("/{card_id}/removal", response_model=CardAnswer)
async def remove_card(request: Request, card_id: CardId, caller: Writer) -> Response:
    """Take a card out of use."""
    return await commands.run(request, actions.remove_card, card_answer, status=200, card_id=card_id)


@router.get("")
async def list_cards(request: Request, caller: Reader, paging: Paging) -> Page[CardAnswer]:
    """The customer's cards, oldest first."""
    customer_id = actions.customer_of(caller)
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_cards(connection, customer_id, after, paging.limit + 1)
    return Page[CardAnswer].model_validate(page([card_answer(card) for card in rows], paging, lambda row: (row.id,)))


@router.get("/{card_id}")
async def read_card(request: Request, card_id: CardId, caller: Reader) -> CardAnswer:
    async with runtime_of(request).reading() as connection:
        card = await queries.card_with(connection, card_id)
    if card is None or card.customer_id != actions.customer_of(caller):
        raise UnknownCard("no such card", field="card_id")
    return card_answer(card)

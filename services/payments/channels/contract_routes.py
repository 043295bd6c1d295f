"""`/v1/channels`: what is agreed with channels, how they do, and which of them would carry an order and why."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from chassis.wire import LARGEST_AMOUNT, Currency
from services.payments.cards.actions import own_card
from services.payments.cards.schemas import CardId
from services.payments.channels import contract_actions, queries
from services.payments.channels.attempts import contracts_on, route_for
from services.payments.channels.contract_model import Standing, Wish
from services.payments.channels.contracts import policy, shipped
from services.payments.channels.model import InstructionKind
from services.payments.channels.routing import success_rate
from services.payments.channels.schemas import (
    ContractAnswer,
    ContractRequest,
    ContractsAnswer,
    RouteAnswer,
    StandingsAnswer,
    contract_answer,
    route_answer,
    standing_answer,
)

router = APIRouter(prefix="/v1/channels", tags=["channels"])
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("/routes")
async def explain_route(
    request: Request,
    caller: Reader,
    card_id: Annotated[CardId, Query()],
    amount: Annotated[int, Query(ge=1, le=LARGEST_AMOUNT)],
    currency: Annotated[Currency, Query()] = "CNY",
    kind: InstructionKind = InstructionKind.CHARGE,
) -> RouteAnswer:
    """Which channels would carry this with a card of the customer's just now, in their order, and why not the others."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        tx = await runtime.database.begin(connection)
        card = await own_card(tx, caller, card_id)
        found = await route_for(tx, card, Wish(kind, card.bank, amount, currency), frozenset())
    return route_answer(found, kind, amount, currency)


@router.get("/contracts")
async def list_channel_contracts(request: Request, caller: Operator, on: date | None = None) -> ContractsAnswer:
    """The terms of each channel in force on a day, today unless told."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        tx = await runtime.database.begin(connection)
        found = await contracts_on(tx, on)
    return ContractsAnswer(items=[contract_answer(found[channel]) for channel in sorted(found)])


@router.post("/contracts", status_code=201, response_model=ContractAnswer)
async def add_contract(request: Request, body: ContractRequest, caller: Operator) -> Response:
    """Other terms with a channel from a day on, today at the earliest; what was agreed before stays written."""
    return await commands.run(request, contract_actions.add_contract, contract_answer, document=body.document())


@router.get("/standings")
async def list_standings(request: Request, caller: Operator) -> StandingsAnswer:
    """How each channel does: by what came of its last orders, and whether it answers."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    items = []
    async with runtime.reading() as connection:
        for kind in InstructionKind:
            known = await queries.standings_of(connection, kind)
            for channel in sorted(shipped()):
                standing = known.get(channel) or Standing(channel, kind)
                items.append(standing_answer(standing, success_rate(standing, now, policy())))
    return StandingsAnswer(items=items)

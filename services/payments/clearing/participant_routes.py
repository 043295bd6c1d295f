"""`/v1/clearing/participants` and `/v1/clearing/models`: who takes part, and how is settled."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.wire import minutes_of_day
from services.payments.clearing import participant_actions as actions
from services.payments.clearing import participant_queries as queries
from services.payments.clearing.errors import UnknownParticipant
from services.payments.clearing.model import Delay, Granularity, Interchange
from services.payments.clearing.participant_schemas import (
    LicenceRequest,
    LiquidityRequest,
    NetDebitCapAnswer,
    NetDebitCapRequest,
    ParticipantAnswer,
    ParticipantDetails,
    ParticipantRequest,
    PositionsAnswer,
    SettlementModelAnswer,
    SettlementModelRequest,
    cap_answer,
    model_answer,
    participant_answer,
    participant_details,
    position_answer,
)

router = APIRouter(prefix="/v1/clearing", tags=["clearing"])
Operator = Annotated[Caller, requires("payments:operate")]
Code = Annotated[str, Path(pattern=r"^[A-Z][A-Z0-9_]{1,19}$")]
OfModel = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


@router.post("/participants", status_code=201, response_model=ParticipantAnswer)
async def join_clearing(request: Request, body: ParticipantRequest, caller: Operator) -> Response:
    """A bank or payment institution takes part, under its licence."""
    facts: dict[str, Any] = {"code": body.code, "name": body.name, "bic": body.bic} | _licence(body.licence)
    return await commands.run(request, actions.join, participant_answer, **facts)


@router.get("/participants")
async def list_participants(request: Request, caller: Operator, paging: Paging) -> Page[ParticipantAnswer]:
    """By code."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_participants(connection, after, paging.limit + 1)
    items = [participant_answer(one) for one in rows]
    return Page[ParticipantAnswer].model_validate(page(items, paging, lambda row: (row.code,)))


@router.get("/participants/{code}")
async def read_participant(request: Request, code: Code, caller: Operator) -> ParticipantDetails:
    async with runtime_of(request).reading() as connection:
        participant = await queries.participant_with(connection, code)
        if participant is None:
            raise UnknownParticipant("no such participant", field="code")
        licences = await queries.licences_of(connection, [participant.number])
    return participant_details(participant, licences[participant.number])


@router.get("/participants/{code}/positions")
async def read_positions(request: Request, code: Code, caller: Operator) -> PositionsAnswer:
    """What it owes, may owe and has, in each model."""
    async with runtime_of(request).reading() as connection:
        if await queries.participant_with(connection, code) is None:
            raise UnknownParticipant("no such participant", field="code")
        found = await queries.positions_of(connection, code)
    return PositionsAnswer(items=[position_answer(one) for one in found])


@router.post("/participants/{code}/licences", status_code=200, response_model=ParticipantAnswer)
async def license_participant(request: Request, code: Code, body: LicenceRequest, caller: Operator) -> Response:
    """Renewed, changed or ended: what counts is the newest one that has begun, and of those of one day the last recorded."""
    return await commands.run(
        request, actions.license_anew, participant_answer, status=200, code=code, **_licence(body)
    )


@router.post("/participants/{code}/suspension", status_code=200, response_model=ParticipantAnswer)
async def suspend_participant(request: Request, code: Code, caller: Operator) -> Response:
    """Nothing new from it or to it; what is owed is settled."""
    return await commands.run(request, actions.suspend, participant_answer, status=200, code=code)


@router.post("/participants/{code}/reinstatement", status_code=200, response_model=ParticipantAnswer)
async def reinstate_participant(request: Request, code: Code, caller: Operator) -> Response:
    """Who was suspended, or had left, takes part again from now on."""
    return await commands.run(request, actions.reinstate, participant_answer, status=200, code=code)


@router.post("/participants/{code}/departure", status_code=200, response_model=ParticipantAnswer)
async def leave_clearing(request: Request, code: Code, caller: Operator) -> Response:
    """Once nothing is left to settle and its money is taken out."""
    return await commands.run(request, actions.leave, participant_answer, status=200, code=code)


@router.post("/participants/{code}/liquidity", status_code=200, response_model=ParticipantAnswer)
async def move_liquidity(request: Request, code: Code, body: LiquidityRequest, caller: Operator) -> Response:
    """Its money comes to our reserve at a bank and its settlement account, or goes back, as far as it covers no cap."""
    story = actions.bring_liquidity if body.direction == "in" else actions.take_liquidity
    facts = body.model_dump(exclude={"direction"})
    return await commands.run(request, story, participant_answer, status=200, code=code, **facts)


@router.post("/models", status_code=201, response_model=SettlementModelAnswer)
async def make_settlement_model(request: Request, body: SettlementModelRequest, caller: Operator) -> Response:
    """A way of settling obligations of one currency; a deferred one opens its first window."""
    kinds = {
        "granularity": Granularity(body.granularity),
        "interchange": Interchange(body.interchange),
        "delay": Delay(body.delay),
    }
    facts = body.model_dump() | kinds | {"cut_offs": [minutes_of_day(one) for one in body.cut_offs]}
    return await commands.run(request, actions.make_model, model_answer, **facts)


@router.get("/models")
async def list_settlement_models(request: Request, caller: Operator, paging: Paging) -> Page[SettlementModelAnswer]:
    """By code."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_models(connection, after, paging.limit + 1)
    items = [model_answer(one) for one in rows]
    return Page[SettlementModelAnswer].model_validate(page(items, paging, lambda row: (row.code,)))


@router.post("/models/{code}/retirement", status_code=200, response_model=SettlementModelAnswer)
async def retire_settlement_model(request: Request, code: OfModel, caller: Operator) -> Response:
    """Nothing new is recorded in it, for good; what there is is settled."""
    return await commands.run(request, actions.retire_model, model_answer, status=200, code=code)


@router.post("/models/{code}/caps", status_code=201, response_model=NetDebitCapAnswer)
async def set_net_debit_cap(request: Request, code: OfModel, body: NetDebitCapRequest, caller: Operator) -> Response:
    """The most a participant may owe, net, from now on."""
    return await commands.run(
        request,
        actions.set_cap,
        cap_answer,
        model_code=code,
        participant_code=body.participant,
        cap_minor=body.cap_minor,
    )


def _licence(body: LicenceRequest) -> dict[str, Any]:
    return {
        "licence_kind": body.kind,
        "licence_number": body.number,
        "valid_from_on": body.valid_from_on,
        "valid_until_on": body.valid_until_on,
    }

"""`/v1/risk`: decisions on payments, challenges and reviews of those that are parked."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.risk import parking_actions, queries
from services.payments.risk.challenging import answer
from services.payments.risk.errors import UnknownDecision
from services.payments.risk.model import ParkingState, RiskOutcome
from services.payments.risk.schemas import (
    ChallengeRequest,
    DecisionAnswer,
    DecisionId,
    ParkedPaymentAnswer,
    RiskReasonRequest,
    decision_answer,
    own_parked_answer,
    parked_answer,
    whole_decision_answer,
)

router = APIRouter(prefix="/v1/risk", tags=["risk"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("/decisions")
async def list_decisions(
    request: Request,
    caller: Operator,
    paging: Paging,
    person: Annotated[str | None, Query(max_length=60)] = None,
    outcome: RiskOutcome | None = None,
) -> Page[DecisionAnswer]:
    """Newest first, 90 days back; a person's where one is named."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.decisions_of(connection, person, outcome, before, paging.limit + 1)
    items = [whole_decision_answer(decision, None, ()) for decision in rows]
    return Page[DecisionAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/decisions/{decision_id}")
async def read_decision(request: Request, decision_id: DecisionId, caller: Reader) -> DecisionAnswer:
    """Why a payment was refused or parked: for operators with all that was seen, for who wanted to pay in plain words."""
    async with runtime_of(request).reading() as connection:
        decision = await queries.decision_with(connection, decision_id)
        parking = await queries.parking_with(connection, decision_id)
        shadows = await queries.shadows_of(connection, decision_id)
    operator = caller.may("payments:operate")
    if decision is None or not (operator or decision.person == caller.party):
        raise UnknownDecision("no such decision")
    return whole_decision_answer(decision, parking, shadows) if operator else decision_answer(decision, parking)


@router.get("/parked-payments")
async def list_parked_payments(
    request: Request, caller: Reader, paging: Paging, state: ParkingState | None = None
) -> Page[ParkedPaymentAnswer]:
    """The caller's payments that wait, an operator's are all; or those in a state. The oldest first."""
    operator = caller.may("payments:operate")
    after = paging.after[0] if paging.after else None
    states = [] if state is None else [state]
    async with runtime_of(request).reading() as connection:
        person = None if operator else caller.party
        rows = await queries.parkings_in(connection, states, person, after, paging.limit + 1)
    shown = parked_answer if operator else own_parked_answer
    items = [shown(parking) for parking in rows]
    return Page[ParkedPaymentAnswer].model_validate(page(items, paging, lambda row: (row.decision_id,)))


@router.post("/challenges/{decision_id}/answer", openapi_extra=KEYLESS)
async def answer_challenge(
    request: Request, decision_id: DecisionId, body: ChallengeRequest, caller: Writer
) -> ParkedPaymentAnswer:
    """The payer proves by her payment password that it is her: five tries in five minutes. Then the payment is made with
    `Sifang-Decision`, within five minutes more."""
    return own_parked_answer(await answer(runtime_of(request), caller, decision_id, body.password))


@router.post("/decisions/{decision_id}/withdrawal", response_model=ParkedPaymentAnswer)
async def withdraw_parked_payment(request: Request, decision_id: DecisionId, caller: Writer) -> Response:
    """Who wanted to pay does not any more: what is held is free."""
    facts: dict[str, Any] = {"decision_id": decision_id}
    return await commands.run(request, parking_actions.withdraw, own_parked_answer, status=200, **facts)


@router.post("/reviews/{decision_id}/approval", response_model=ParkedPaymentAnswer)
async def approve_review(
    request: Request, decision_id: DecisionId, body: RiskReasonRequest, caller: Operator
) -> Response:
    """It may be made, once, by who wanted to, with `Sifang-Decision`."""
    facts: dict[str, Any] = {"decision_id": decision_id, "reason": body.reason}
    return await commands.run(request, parking_actions.approve, parked_answer, status=200, **facts)


@router.post("/reviews/{decision_id}/denial", response_model=ParkedPaymentAnswer)
async def deny_review(request: Request, decision_id: DecisionId, body: RiskReasonRequest, caller: Operator) -> Response:
    """Refused for good; what is held is free."""
    facts: dict[str, Any] = {"decision_id": decision_id, "reason": body.reason}
    return await commands.run(request, parking_actions.deny, parked_answer, status=200, **facts)

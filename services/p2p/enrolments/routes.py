"""`/v1/plans/{code}/preview`, `…/enrolments`, `/v1/enrolments`, `/v1/exit-queue`: plans joined and left."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chassis import commands, wire
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.enrolments import actions, queries, reading_queries, rules, standing
from services.p2p.enrolments.errors import UnknownEnrolment
from services.p2p.enrolments.model import Enrolment, EnrolmentState
from services.p2p.enrolments.schemas import (
    ClaimLeft,
    EnrolmentAnswer,
    EnrolmentRequest,
    EnrolmentWithStanding,
    PreviewAnswer,
    QueuedAnswer,
    StateName,
    claim_left,
    enrolment_answer,
    preview_answer,
    with_standing,
)
from services.p2p.plans import queries as plan_queries
from services.p2p.plans.errors import UnknownPlan
from services.p2p.plans.schemas import PlanCode
from services.p2p.wire_ids import EnrolmentId

router = APIRouter(prefix="/v1", tags=["plans"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]
OPERATE = "p2p:operate"


@router.get("/plans/{code}/preview")
async def preview_plan(
    request: Request,
    caller: Reader,
    code: PlanCode,
    amount: Annotated[int, Query(ge=1, le=wire.LARGEST_AMOUNT, description="minor units")],
) -> PreviewAnswer:
    """Before joining: what is left of the plan, fees, the cap, who waits to leave plans, how long that took, what is not promised."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    today = business_day(now, runtime.settings.zone)
    async with runtime.reading() as connection:
        version = await plan_queries.current(connection, code)
        if version is None:
            raise UnknownPlan("no such plan is published", field="code")
        plan = version.plan
        rules.require_amount(plan, amount, plan.currency)
        taken = await queries.taken_minor(connection, code)
        queue = await standing.exit_queue(connection, plan.currency, now, today)
    until = today + timedelta(days=plan.lock_in_days)
    return preview_answer(version, amount, max(0, plan.total_minor - taken), until, queue)


@router.post("/plans/{code}/enrolments", status_code=201, response_model=EnrolmentAnswer)
async def join_plan(request: Request, body: EnrolmentRequest, caller: Writer, code: PlanCode) -> Response:
    """Lend by a plan, of what is in one's own wallet: nothing is set apart. version: the one whose preview was shown."""
    return await commands.run(
        request,
        actions.join,
        enrolment_answer,
        code=code,
        version=body.version,
        amount_minor=body.amount,
        currency=body.currency,
    )


@router.post("/enrolments/{enrolment_id}/cancellation", status_code=200, response_model=EnrolmentAnswer)
async def cancel_enrolment(request: Request, caller: Writer, enrolment_id: EnrolmentId) -> Response:
    """Before anything is lent or bid for; it costs nothing."""
    return await commands.run(request, actions.cancel, enrolment_answer, status=200, enrolment_id=enrolment_id)


@router.post("/enrolments/{enrolment_id}/exit", status_code=200, response_model=EnrolmentAnswer)
async def leave_plan(request: Request, caller: Writer, enrolment_id: EnrolmentId) -> Response:
    """Enter the exit queue: claims are offered at what they should be worth, and paid out as they are sold or repaid."""
    return await commands.run(request, actions.leave, enrolment_answer, status=200, enrolment_id=enrolment_id)


@router.get("/enrolments")
async def list_enrolments(
    request: Request, caller: Reader, paging: Paging, state: StateName | None = None, plan: PlanCode | None = None
) -> Page[EnrolmentAnswer]:
    """The lender's own, newest first; an operator sees everybody's."""
    lender = None if caller.may(OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection, lender=lender, state=state, plan_code=plan, before=before, limit=paging.limit
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[EnrolmentAnswer](items=[enrolment_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/enrolments/{enrolment_id}")
async def read_enrolment(request: Request, caller: Reader, enrolment_id: EnrolmentId) -> EnrolmentWithStanding:
    """With what it has in claims, and its place in the exit queue. Why its order was filled or not: `…/why` of its standing order."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        enrolment = _own_or_refused(await queries.load(connection, enrolment_id), caller)
        stands = await reading_queries.standing(connection, enrolment.standing_order_id, today)
        waits = enrolment.state is EnrolmentState.EXITING
        position = await reading_queries.position(connection, enrolment) if waits else None
    return with_standing(enrolment, stands, position)


@router.get("/enrolments/{enrolment_id}/claims")
async def list_enrolment_claims(
    request: Request, caller: Reader, enrolment_id: EnrolmentId, paging: Paging
) -> Page[ClaimLeft]:
    """Every claim it lent on or bought, oldest first, with its open offer, or why there is none."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    after = paging.after[0] if paging.after else None
    async with runtime.reading() as connection:
        enrolment = _own_or_refused(await queries.load(connection, enrolment_id), caller)
        rows = await standing.claims_left(connection, enrolment, today, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.claim_id,))
    return Page[ClaimLeft](items=[claim_left(row) for row in shown["items"]], next=shown["next"])


@router.get("/exit-queue")
async def list_exit_queue(request: Request, caller: Operator, paging: Paging) -> Page[QueuedAnswer]:
    """Those who are leaving plans, in the order in which their claims are offered to the queue of standing orders."""
    after = (paging.after[0], paging.after[1]) if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await reading_queries.exiting(connection, after, paging.limit)
    shown = page(rows, paging, key=lambda row: (row[1], row[0]))
    return Page[QueuedAnswer](
        items=[QueuedAnswer(enrolment_id=row[0], exiting_at=row[1]) for row in shown["items"]], next=shown["next"]
    )


def _own_or_refused(enrolment: Enrolment | None, caller: Caller) -> Enrolment:
    """Raises UnknownEnrolment for another's."""
    if enrolment is None or not (enrolment.lender == caller.party or caller.may(OPERATE)):
        raise UnknownEnrolment("no such enrolment", field="enrolment_id")
    return enrolment

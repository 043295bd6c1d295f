"""`/v1/fee-plans`: what merchants pay, in versions."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.fee_plans import actions, queries
from services.payments.fee_plans.errors import UnknownFeePlan
from services.payments.fee_plans.schemas import FeePlanAnswer, FeePlanId, FeePlanRequest, fee_plan_answer, millionths

router = APIRouter(prefix="/v1/fee-plans", tags=["settlement"])
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.post("", status_code=201, response_model=FeePlanAnswer)
async def publish_fee_plan(request: Request, body: FeePlanRequest, caller: Operator) -> Response:
    """Publish a plan, or its next version; contracts keep the version they were signed with."""
    facts = body.model_dump(exclude={"tiers"})
    return await commands.run(
        request,
        actions.publish_plan,
        fee_plan_answer,
        lowers=[tier.from_minor for tier in body.tiers],
        rates=[millionths(tier.rate) for tier in body.tiers],
        **facts,
    )


@router.get("")
async def list_fee_plans(request: Request, caller: Reader, paging: Paging) -> Page[FeePlanAnswer]:
    """All versions of all plans, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_plans(connection, before, paging.limit + 1)
    items = [fee_plan_answer(plan) for plan in rows]
    return Page[FeePlanAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{fee_plan_id}")
async def read_fee_plan(request: Request, fee_plan_id: FeePlanId, caller: Reader) -> FeePlanAnswer:
    async with runtime_of(request).reading() as connection:
        plan = await queries.plan_with(connection, fee_plan_id)
    if plan is None:
        raise UnknownFeePlan("no such plan")
    return fee_plan_answer(plan)

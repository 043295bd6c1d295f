"""`/v1/plans`: what one may join, and what staff makes of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.plans import actions, queries
from services.p2p.plans.errors import UnknownPlan
from services.p2p.plans.model import PlanState
from services.p2p.plans.schemas import PlanAnswer, PlanCode, PlanTerms, plan_answer, plan_of

router = APIRouter(prefix="/v1/plans", tags=["plans"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]
Version = Annotated[int, Path(ge=1, le=10_000)]


@router.get("")
async def list_plans(request: Request, caller: Reader, paging: Paging) -> Page[PlanAnswer]:
    """Those that are published, by code."""
    after = paging.after[0] if paging.after else ""
    async with runtime_of(request).reading() as connection:
        rows = await queries.published(connection, after, paging.limit)
    shown = page(rows, paging, key=lambda row: (row.plan.code,))
    return Page[PlanAnswer](items=[plan_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/{code}/versions/{version}")
async def read_plan(request: Request, caller: Reader, code: PlanCode, version: Version) -> PlanAnswer:
    """One version: what those who joined under it keep to. A draft is shown to staff alone."""
    async with runtime_of(request).reading() as connection:
        found = await queries.load(connection, code, version)
    if found is None or (found.state is PlanState.DRAFT and not caller.may("p2p:operate")):
        raise UnknownPlan("no such plan", field="version")
    return plan_answer(found)


@router.post("/{code}/versions", status_code=201, response_model=PlanAnswer)
async def draft_plan(request: Request, body: PlanTerms, caller: Operator, code: PlanCode) -> Response:
    """The next version of a plan, or the first of a new one. What contradicts itself is refused with every contradiction."""
    return await commands.run(request, actions.draft, plan_answer, plan=plan_of(code, body))


@router.post("/{code}/versions/{version}/publication", status_code=200, response_model=PlanAnswer)
async def publish_plan(request: Request, caller: Operator, code: PlanCode, version: Version) -> Response:
    """One may join it from now on, and no more the version before. Somebody else than who made it publishes it."""
    return await commands.run(request, actions.publish, plan_answer, status=200, code=code, version=version)


@router.post("/{code}/versions/{version}/closing", status_code=200, response_model=PlanAnswer)
async def close_plan(request: Request, caller: Operator, code: PlanCode, version: Version) -> Response:
    """Nobody joins it any more. Those who did keep to its terms until they have left."""
    return await commands.run(request, actions.close, plan_answer, status=200, code=code, version=version)

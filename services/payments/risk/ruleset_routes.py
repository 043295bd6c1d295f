"""`/v1/risk/rulesets`, `/v1/risk/lists`: rules as data."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.risk import activation, ruleset_actions
from services.payments.risk import ruleset_queries as queries
from services.payments.risk.errors import UnknownRuleset
from services.payments.risk.language import ListName
from services.payments.risk.model import RulesetState
from services.payments.risk.schemas import (
    ListChangeRequest,
    ListRequest,
    RiskListAnswer,
    RiskReasonRequest,
    RulesetAnswer,
    RulesetId,
    RulesetRequest,
    ShadowReportAnswer,
    WholeRulesetAnswer,
    list_answer,
    report_answer,
    ruleset_answer,
    whole_ruleset_answer,
)

router = APIRouter(prefix="/v1/risk", tags=["risk"])
Operator = Annotated[Caller, requires("payments:operate")]


@router.post("/rulesets", status_code=201, response_model=RulesetAnswer)
async def draft_ruleset(request: Request, body: RulesetRequest, caller: Operator) -> Response:
    """A new version of the rules, read strictly; nobody is judged by it yet."""
    facts: dict[str, Any] = {"document": body.document, "note": body.note}
    return await commands.run(request, ruleset_actions.draft_ruleset, ruleset_answer, **facts)


@router.post("/rulesets/{ruleset_id}/shadow", response_model=RulesetAnswer)
async def shadow_ruleset(
    request: Request, ruleset_id: RulesetId, body: RiskReasonRequest, caller: Operator
) -> Response:
    """Judge every payment by it from now on without acting on it. What its windows count begins here."""
    return await _moved(request, ruleset_actions.shadow_ruleset, ruleset_id, body)


@router.post("/rulesets/{ruleset_id}/activation", response_model=RulesetAnswer)
async def activate_ruleset(
    request: Request, ruleset_id: RulesetId, body: RiskReasonRequest, caller: Operator
) -> Response:
    """Act on it, in the place of the live one, by another person than wrote it. Of one that was retired: a rollback."""
    return await _moved(request, ruleset_actions.activate_ruleset, ruleset_id, body)


@router.post("/rulesets/{ruleset_id}/retirement", response_model=RulesetAnswer)
async def retire_ruleset(
    request: Request, ruleset_id: RulesetId, body: RiskReasonRequest, caller: Operator
) -> Response:
    """Ask it no more."""
    return await _moved(request, ruleset_actions.retire_ruleset, ruleset_id, body)


async def _moved(
    request: Request, action: Callable[..., Awaitable[Any]], ruleset_id: RulesetId, body: RiskReasonRequest
) -> Response:
    facts: dict[str, Any] = {"ruleset_id": ruleset_id, "reason": body.reason}
    answer = await commands.run(request, action, ruleset_answer, status=200, **facts)
    activation.forget(runtime_of(request).settings.database_url)
    return answer


@router.get("/rulesets")
async def list_rulesets(
    request: Request, caller: Operator, paging: Paging, state: RulesetState | None = None
) -> Page[RulesetAnswer]:
    """The newest version first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.rulesets(connection, state, before, paging.limit + 1)
    items = [ruleset_answer(ruleset) for ruleset in rows]
    return Page[RulesetAnswer].model_validate(page(items, paging, lambda row: (row.number,)))


@router.get("/rulesets/{ruleset_id}")
async def read_ruleset(request: Request, ruleset_id: RulesetId, caller: Operator) -> WholeRulesetAnswer:
    async with runtime_of(request).reading() as connection:
        ruleset = await queries.ruleset_with(connection, ruleset_id)
        steps = await queries.steps_of(connection, ruleset_id)
    if ruleset is None:
        raise UnknownRuleset("no such ruleset")
    return whole_ruleset_answer(ruleset, steps)


@router.get("/rulesets/{ruleset_id}/shadow-report")
async def read_shadow_report(request: Request, ruleset_id: RulesetId, caller: Operator) -> ShadowReportAnswer:
    """What it said in shadow beside what counted."""
    async with runtime_of(request).reading() as connection:
        if await queries.ruleset_with(connection, ruleset_id) is None:
            raise UnknownRuleset("no such ruleset")
        return report_answer(await queries.shadow_report(connection, ruleset_id))


@router.post("/lists", status_code=201, response_model=RiskListAnswer)
async def open_list(request: Request, body: ListRequest, caller: Operator) -> Response:
    """A list that rules may ask for."""
    return await commands.run(request, ruleset_actions.open_list, list_answer, name=body.name, holds=body.holds)


@router.post("/lists/{name}/changes", response_model=RiskListAnswer)
async def change_list(
    request: Request, name: Annotated[ListName, Path()], body: ListChangeRequest, caller: Operator
) -> Response:
    """Put on it and take off it, ten thousand at a time. Kept hashed: nobody reads what stands there."""
    facts: dict[str, Any] = {"name": name, "add": body.add, "remove": body.remove, "reason": body.reason}
    return await commands.run(request, ruleset_actions.change_list, list_answer, status=200, **facts)


@router.get("/lists")
async def list_risk_lists(request: Request, caller: Operator, paging: Paging) -> Page[RiskListAnswer]:
    """By name."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.lists(connection, after, paging.limit + 1)
    items = [list_answer(one) for one in rows]
    return Page[RiskListAnswer].model_validate(page(items, paging, lambda row: (row.name,)))

"""`/v1/agents`, `/v1/paper-applications`: the offline side."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.agents import actions, queries, rules
from services.p2p.agents.schemas import (
    AgentAnswer,
    AgentFiguresAnswer,
    AgentRequest,
    CommissionAnswer,
    PaperRequest,
    agent_answer,
    commission_answer,
    figures_answer,
    paper_of,
)
from services.p2p.applications.routes import wish_of
from services.p2p.applications.schemas import ApplicationAnswer, application_answer, facts_of, identity_of
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.errors import UnknownAgent
from services.p2p.wire_ids import AgentId

router = APIRouter(prefix="/v1", tags=["agents"])
Operator = Annotated[Caller, requires("p2p:operate")]
FIRST = UUID(int=0)


@router.post("/agents", status_code=201, response_model=AgentAnswer)
async def register_agent(request: Request, body: AgentRequest, caller: Operator) -> Response:
    """Take an agent of a branch in."""
    return await commands.run(request, actions.register, agent_answer, **body.model_dump())


@router.post("/agents/{agent_id}/end", status_code=200, response_model=AgentAnswer)
async def end_agent(request: Request, caller: Operator, agent_id: AgentId) -> Response:
    """The agent brings nobody from now on."""
    return await commands.run(request, actions.end, agent_answer, status=200, agent_id=agent_id)


@router.get("/agents")
async def list_agents(request: Request, caller: Operator, paging: Paging) -> Page[AgentAnswer]:
    """Oldest first."""
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        found = await queries.find(connection, after=after, limit=paging.limit)
    shown = page(found, paging, key=lambda one: (one.id,))
    return Page[AgentAnswer](items=[agent_answer(one) for one in shown["items"]], next=shown["next"])


@router.get("/agents/figures")
async def agents_figures(request: Request, caller: Operator, paging: Paging) -> Page[AgentFiguresAnswer]:
    """Loss by agent: what each brought, and what of it is overdue; a row for each agent and currency, pages of agents."""
    runtime = runtime_of(request)
    after = paging.after[0] if paging.after else FIRST
    before = business_day(await runtime.database.now(), runtime.settings.zone) - timedelta(days=rules.FAILED_DAYS)
    async with runtime.reading() as connection:
        found = await queries.find(connection, after=after, limit=paging.limit)
        shown = page(found, paging, key=lambda one: (one.id,))
        agents = {one.id: one for one in shown["items"]}
        figures = await queries.figures(connection, list(agents), before)
    items = [figures_answer(agents[one.agent_id], one) for one in figures]
    return Page[AgentFiguresAnswer](items=items, next=shown["next"])


@router.get("/agents/{agent_id}/commissions")
async def list_commissions(
    request: Request, caller: Operator, agent_id: AgentId, paging: Paging
) -> Page[CommissionAnswer]:
    """One for each loan that was paid out; oldest first."""
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        if await queries.load(connection, agent_id) is None:
            raise UnknownAgent("no such agent", field="agent_id")
        found = await queries.of_agent(connection, agent_id, after=after, limit=paging.limit)
    shown = page(found, paging, key=lambda one: (one.id,))
    return Page[CommissionAnswer](items=[commission_answer(one) for one in shown["items"]], next=shown["next"])


@router.post("/paper-applications", status_code=201, response_model=ApplicationAnswer)
async def key_in(request: Request, body: PaperRequest, caller: Operator) -> Response:
    """Staff keys a paper application in, with the paper: `keyed` until a second person has compared the two."""
    vault = runtime_of(request).get(IdentityVault)
    return await commands.run(
        request,
        actions.key_in,
        application_answer,
        secret=vault.keys.request_secret,
        borrower=body.borrower,
        agent_id=body.agent_id,
        paper=paper_of(body),
        wish=wish_of(body),
        identity=identity_of(body.identity),
        facts=facts_of(body.facts),
        vault=vault,
    )

"""`/v1/projects/{id}/deliveries`, `/v1/pledges/{id}/delivery`: rewards shipped and received."""

from datetime import date
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.deliveries import actions, queries
from services.p2p.deliveries.schemas import (
    DeliveryAnswer,
    ShipmentsAnswer,
    ShipmentsRequest,
    StateName,
    delivery_answer,
    shipments_answer,
)
from services.p2p.projects import queries as project_queries
from services.p2p.projects.errors import UnknownDelivery, UnknownProject
from services.p2p.wire_ids import PledgeId, ProjectId

router = APIRouter(prefix="/v1", tags=["crowdfunding"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
OPERATE = "p2p:operate"


@router.post("/projects/{project_id}/shipments", status_code=200, response_model=ShipmentsAnswer)
async def ship_rewards(request: Request, body: ShipmentsRequest, caller: Writer, project_id: ProjectId) -> Response:
    """The creator has shipped up to 500 rewards."""
    return await commands.run(
        request, actions.ship, shipments_answer, status=200, project_id=project_id, tracking=body.tracking()
    )


@router.post("/pledges/{pledge_id}/delivery/reception", status_code=200, response_model=DeliveryAnswer)
async def receive_reward(request: Request, caller: Writer, pledge_id: PledgeId) -> Response:
    """The backer has it. What was shipped counts as received after 15 days without this."""
    today, zone = await _today(request)
    shape = partial(delivery_answer, today=today, zone=zone)
    return await commands.run(request, actions.receive, shape, status=200, pledge_id=pledge_id)


@router.get("/projects/{project_id}/deliveries")
async def list_deliveries(
    request: Request, caller: Reader, paging: Paging, project_id: ProjectId, state: StateName | None = None
) -> Page[DeliveryAnswer]:
    """For the creator and for operators, by pledge."""
    today, zone = await _today(request)
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        project = await project_queries.load(connection, project_id)
        if project is None or not (project.creator == caller.party or caller.may(OPERATE)):
            raise UnknownProject("no such project", field="project_id")
        rows = await queries.of_project(connection, project_id, state=state, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.pledge_id,))
    return Page[DeliveryAnswer](items=[delivery_answer(row, today, zone) for row in shown["items"]], next=shown["next"])


@router.get("/pledges/{pledge_id}/delivery")
async def read_delivery(request: Request, caller: Reader, pledge_id: PledgeId) -> DeliveryAnswer:
    """For the backer and for operators."""
    today, zone = await _today(request)
    async with runtime_of(request).reading() as connection:
        delivery = await queries.load(connection, pledge_id)
    if delivery is None or not (delivery.backer == caller.party or caller.may(OPERATE)):
        raise UnknownDelivery("no such delivery", field="pledge_id")
    return delivery_answer(delivery, today, zone)


async def _today(request: Request) -> tuple[date, ZoneInfo]:
    runtime = runtime_of(request)
    zone = runtime.settings.zone
    return business_day(await runtime.database.now(), zone), zone

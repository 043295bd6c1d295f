"""What is done about leads from time to time: the new are sent, those past their deadline are closed. Each in its own transaction."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.info_broker.errors import CannotRoute
from services.info_broker.leads import actions, queries

SLICE = 500
log = structlog.get_logger(__name__)
Due = Callable[[AsyncConnection, datetime, int], Awaitable[Sequence[UUID]]]


async def route_waiting(runtime: Runtime) -> int:
    """Send every new lead that can be sent; the others wait for their obstacle to go, or for their deadline."""
    return await _each(runtime, queries.waiting_to_be_routed, actions.route, "route")


async def close_due(runtime: Runtime) -> int:
    """Close every lead past its deadline."""
    return await _each(runtime, queries.past_deadline, actions.expire, "expire")


async def _each(runtime: Runtime, due: Due, action: commands.Story[Any], name: str) -> int:
    caller = service_caller(runtime.settings.service)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await due(connection, now, SLICE)
    done = 0
    for lead_id in found:
        try:
            await commands.perform(runtime, action, caller, seed=f"info_broker.lead.{name}\0{lead_id}", lead_id=lead_id)
            done += 1
        except CannotRoute:
            continue
        except Refusal as refusal:
            log.info("lead_left_for_later", lead_id=str(lead_id), step=name, code=refusal.code)
    return done

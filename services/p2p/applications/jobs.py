"""What time does to applications: those past their deadline expire, each in its own transaction."""

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.applications import actions, queries

SLICE = 500
P2P = service_caller("p2p")
log = structlog.get_logger(__name__)


async def expire_due(runtime: Runtime) -> None:
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for application_id in found:
        seed = f"p2p.application.expire\0{application_id}\0{now}"
        try:
            await commands.perform(runtime, actions.expire, P2P, seed=seed, application_id=application_id)
        except Refusal as refusal:
            log.info("application_left_for_later", application_id=str(application_id), code=refusal.code)
        except Exception:
            log.exception("application_left_for_later", application_id=str(application_id))

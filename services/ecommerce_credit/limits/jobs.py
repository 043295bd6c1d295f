"""What time does to offers: those past their deadline lapse, each in its own transaction."""

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.ecommerce_credit.limits import actions, queries

SLICE = 500
CREDIT = service_caller("ecommerce_credit")
log = structlog.get_logger(__name__)


async def lapse_due(runtime: Runtime) -> None:
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for limit_id in found:
        seed = f"ecommerce_credit.limit.lapse\0{limit_id}"
        try:
            await commands.perform(runtime, actions.lapse, CREDIT, seed=seed, limit_id=limit_id)
        except Refusal as refusal:
            log.info("limit_left_for_later", limit_id=str(limit_id), code=refusal.code)

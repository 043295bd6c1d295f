"""What time does to lines: those past their deadline expire, each in its own transaction."""

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.ecommerce_credit.lines import actions, queries

SLICE = 500
CREDIT = service_caller("ecommerce_credit")
log = structlog.get_logger(__name__)


async def expire_due(runtime: Runtime) -> None:
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for line_id in found:
        seed = f"ecommerce_credit.line.expire\0{line_id}\0{now}"
        try:
            await commands.perform(runtime, actions.expire, CREDIT, seed=seed, line_id=line_id)
        except Refusal as refusal:
            log.info("line_left_for_later", line_id=str(line_id), code=refusal.code)

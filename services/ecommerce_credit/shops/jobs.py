"""What time does to claims: those past their deadline expire, each in its own transaction."""

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.ecommerce_credit.shops import actions, queries

SLICE = 500
CREDIT = service_caller("ecommerce_credit")
log = structlog.get_logger(__name__)


async def expire_due(runtime: Runtime) -> None:
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for claim_id in found:
        seed = f"ecommerce_credit.shop_claim.expire\0{claim_id}"
        try:
            await commands.perform(runtime, actions.expire, CREDIT, seed=seed, claim_id=claim_id)
        except Refusal as refusal:
            log.info("shop_claim_left_for_later", claim_id=str(claim_id), code=refusal.code)

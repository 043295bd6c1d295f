"""What time does to restructurings that nobody answers."""

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.restructurings import actions, queries

P2P = service_caller("p2p")
SLICE = 500
log = structlog.get_logger(__name__)


async def expire_due(runtime: Runtime) -> None:
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, await runtime.database.now(), SLICE)
    for restructuring_id in found:
        seed = f"p2p.restructuring.expired\0{restructuring_id}"
        try:
            await commands.perform(runtime, actions.expire, P2P, seed=seed, restructuring_id=restructuring_id)
        except Exception:
            log.exception("restructuring_left_for_later", restructuring_id=str(restructuring_id))

"""What time does to write-offs that nobody decides."""

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.write_offs import actions, queries

P2P = service_caller("p2p")
SLICE = 500
log = structlog.get_logger(__name__)


async def expire_due(runtime: Runtime) -> None:
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.due(connection, now, SLICE)
    for write_off_id in found:
        seed = f"p2p.write_off.expired\0{write_off_id}"
        try:
            await commands.perform(runtime, actions.expire, P2P, seed=seed, write_off_id=write_off_id)
        except Exception:
            log.exception("write_off_left_for_later", write_off_id=str(write_off_id))

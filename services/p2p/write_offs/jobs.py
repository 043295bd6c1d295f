"""What time does to write-offs that nobody decides."""

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.write_offs import actions, queries

P2P = service_caller("p2p")
SLICE = 500


async def expire_due(runtime: Runtime) -> None:
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.due(connection, now, SLICE)
    for write_off_id in found:
        seed = f"p2p.write_off.expired\0{write_off_id}"
        await commands.perform(runtime, actions.expire, P2P, seed=seed, write_off_id=write_off_id)

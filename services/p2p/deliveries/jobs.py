"""What time does to deliveries."""

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.deliveries import actions, queries

SLICE = 200
P2P = service_caller("p2p")


async def receive_due(runtime: Runtime) -> None:
    """What was shipped long ago counts as received, project by project."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.projects_due(connection, now, SLICE)
    for project_id in found:
        seed = f"p2p.deliveries.due\0{project_id}\0{now}"
        await commands.perform(runtime, actions.receive_due, P2P, seed=seed, project_id=project_id)

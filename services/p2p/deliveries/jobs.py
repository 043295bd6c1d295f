"""What time does to deliveries."""

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.deliveries import actions

SLICE = 1_000
P2P = service_caller("p2p")


async def receive_due(runtime: Runtime) -> None:
    """What was shipped long ago counts as received."""
    now = await runtime.database.now()
    seed = f"p2p.deliveries.due\0{now}"
    for project_id in await commands.perform(runtime, actions.receive_due, P2P, seed=seed, limit=SLICE):
        await commands.perform(runtime, actions.settle_project, P2P, seed=seed, project_id=project_id)

"""What is done about views from time to time."""

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.info_broker.views import actions


async def refresh_popularity(runtime: Runtime) -> None:
    caller = service_caller(runtime.settings.service)
    await commands.perform(runtime, actions.refresh_popularity, caller, seed="info_broker.refresh_popularity")

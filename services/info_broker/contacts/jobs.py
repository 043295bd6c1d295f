"""What is done about contacts from time to time."""

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.info_broker.contacts import actions


async def erase_due(runtime: Runtime) -> None:
    caller = service_caller(runtime.settings.service)
    await commands.perform(runtime, actions.erase_due, caller, seed="info_broker.erase_contacts")

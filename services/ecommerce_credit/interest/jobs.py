"""The day close: found by the day to which each drawing is accrued, so that a clock moved on by a month closes each of its days."""

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.ecommerce_credit.interest import actions

CREDIT = service_caller("ecommerce_credit")


async def close_days(runtime: Runtime) -> None:
    """Restartable: what one run did not reach the next one finds."""
    while await commands.perform(runtime, actions.close_slice, CREDIT, seed="ecommerce_credit.close_days"):
        pass

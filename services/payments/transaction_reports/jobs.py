"""Days gone through, and reports that are late."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.transaction_reports import actions

PAYMENTS = service_caller("payments")
MOST_DAYS = 100


async def find_reports(runtime: Runtime) -> None:
    """Day by day, a transaction each, a hundred at a time; then what is late."""
    for _ in range(MOST_DAYS):
        if await commands.perform(runtime, actions.find_day, PAYMENTS, seed=f"find reports {uuid4()}") is None:
            break
    while True:
        seed = f"overdue reports {uuid4()}"
        if await commands.perform(runtime, actions.tell_overdue, PAYMENTS, seed=seed) < actions.AT_ONCE:
            return

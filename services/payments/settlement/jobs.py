"""Periodic work of settlement: chunk by chunk, each a transaction of its own."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.settlement import actions, run_actions

PAYMENTS = service_caller("payments")


async def settle_due(runtime: Runtime) -> None:
    """Settle every merchant whose cut-off has passed. Killed in between, the next run goes on with whoever is still due."""
    while True:
        if not await commands.perform(runtime, run_actions.settle_chunk, PAYMENTS, seed=f"settle {uuid4()}"):
            return


async def release_reserves(runtime: Runtime) -> None:
    """Slice by slice."""
    while True:
        released = await commands.perform(runtime, actions.release_reserves, PAYMENTS, seed=f"release {uuid4()}")
        if released < actions.RELEASE_BATCH:
            return

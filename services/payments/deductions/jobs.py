"""Deductions that end by themselves."""

from uuid import uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.deductions import actions

PAYMENTS = service_caller("payments")


async def end_deductions(runtime: Runtime) -> None:
    """Slice by slice."""
    while await commands.perform(runtime, actions.end_due_deductions, PAYMENTS, seed=f"end deductions {uuid4()}"):
        pass

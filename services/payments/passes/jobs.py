"""Carrying passes to their end, one book after the other."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.passes import actions, queries

PAYMENTS = service_caller("payments")
PATIENCE = timedelta(minutes=1)
"""A pass under way for longer has lost its job: it is found by its row and carried on."""
BATCH = 100
log = structlog.get_logger(__name__)


async def carry_pass(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Deliver, then settle: two transactions, each of one book. Started again it goes on where it stopped."""
    pass_id = UUID(payload["id"])
    await commands.perform(runtime, actions.deliver, PAYMENTS, seed=f"pass deliver {pass_id}", pass_id=pass_id)
    await commands.perform(runtime, actions.settle, PAYMENTS, seed=f"pass settle {pass_id}", pass_id=pass_id)


async def carry_old_passes(runtime: Runtime) -> None:
    """Carry on those that lost their job; one that cannot go on never holds up the others."""
    before = await runtime.database.now() - PATIENCE
    async with runtime.reading() as connection:
        left = await queries.left_half_done(connection, before, BATCH)
    for pass_id in left:
        try:
            await carry_pass(runtime, {"id": str(pass_id)})
        except Exception as fault:
            log.warning("pass_left_half_done", pass_id=str(pass_id), fault=type(fault).__name__)

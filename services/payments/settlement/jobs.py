"""Periodic work of settlement: chunk by chunk, each a transaction of its own."""

import asyncio
from uuid import uuid4

import structlog

from chassis import commands
from chassis.database import is_away
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.settlement import actions, run_actions

PAYMENTS = service_caller("payments")
NARROWER = 8
AT_ONCE = 2
"""Chunks: while one is posted, for which the platform's accounts are locked, the next is priced."""
log = structlog.get_logger(__name__)


async def settle_due(runtime: Runtime) -> None:
    """Settle every merchant whose cut-off has passed. Killed in between, the next run goes on with whoever is still due."""
    async with asyncio.TaskGroup() as chunks:
        for _ in range(AT_ONCE):
            chunks.create_task(_settle_chunks(runtime))


async def _settle_chunks(runtime: Runtime) -> None:
    """Until nobody is due, or others are in the way.

    Where a chunk fails, smaller ones find the one merchant that is meant, whom the others need not wait for.
    """
    merchants, settled = run_actions.CHUNK_MERCHANTS, 1
    while settled:
        try:
            settled = await commands.perform(
                runtime, run_actions.settle_chunk, PAYMENTS, seed=f"settle {uuid4()}", merchants=merchants
            )
        except commands.Busy:
            return
        except Exception as fault:
            if merchants == 1 or is_away(fault):
                raise
            log.warning("settlement_failed", fault=type(fault).__name__, merchants=merchants)
            merchants = max(1, merchants // NARROWER)
        else:
            merchants = min(run_actions.CHUNK_MERCHANTS, merchants * NARROWER)


async def release_reserves(runtime: Runtime) -> None:
    """Slice by slice."""
    while True:
        released = await commands.perform(runtime, actions.release_reserves, PAYMENTS, seed=f"release {uuid4()}")
        if released < actions.RELEASE_BATCH:
            return

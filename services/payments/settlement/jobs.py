"""Periodic work of settlement: chunk by chunk, each a transaction of its own."""

import asyncio
from uuid import uuid4

import structlog

from chassis import commands
from chassis.errors import Refusal
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
    await asyncio.gather(*(_settle_chunks(runtime) for _ in range(AT_ONCE)))


async def _settle_chunks(runtime: Runtime) -> None:
    """Until nobody is due.

    Where the ledger refuses a chunk, smaller ones find the one merchant that is meant, whom the others need not wait for.
    """
    merchants, settled = run_actions.CHUNK_MERCHANTS, 1
    while settled:
        try:
            settled = await commands.perform(
                runtime, run_actions.settle_chunk, PAYMENTS, seed=f"settle {uuid4()}", merchants=merchants
            )
        except Refusal as refusal:
            if merchants == 1:
                raise
            log.warning("settlement_refused", code=refusal.code, merchants=merchants)
            merchants = max(1, merchants // NARROWER)
        else:
            merchants = min(run_actions.CHUNK_MERCHANTS, merchants * NARROWER)


async def release_reserves(runtime: Runtime) -> None:
    """Slice by slice."""
    while True:
        released = await commands.perform(runtime, actions.release_reserves, PAYMENTS, seed=f"release {uuid4()}")
        if released < actions.RELEASE_BATCH:
            return

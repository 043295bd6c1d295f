"""The chain's own loop: what has been committed is given a position and linked, a few times a second, in every process of the service.

One process does it at a time and the others go on; so no process is waited for, and the next one goes on where one was killed. Nothing of
it stands in the way of those who post.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import structlog

from chassis import commands
from chassis.database import is_away
from chassis.identity import service_caller
from chassis.runtime import Runtime
from chassis.sequencer import sequencer_of
from chassis.stopping import end
from services.payments.evidence import actions

PAYMENTS = service_caller("payments")
TICK_SECONDS = 0.3
PAUSE_SECONDS = 1.0
log = structlog.get_logger(__name__)


@asynccontextmanager
async def keep_chains(runtime: Runtime) -> AsyncIterator[None]:
    """Links in the background while the service serves."""
    task = asyncio.create_task(_run(runtime), name="evidence")
    try:
        yield
    finally:
        await end([task])


async def link_committed(runtime: Runtime) -> None:
    """Number and link all that has been committed, slice by slice; nothing, if another process is at it."""
    await sequencer_of(runtime).number()
    more = True
    while more:
        more = await commands.perform(runtime, actions.link_batches, PAYMENTS, seed=f"link {uuid4()}")


async def _run(runtime: Runtime) -> None:
    while True:
        pause = TICK_SECONDS
        try:
            await link_committed(runtime)
        except Exception as fault:
            pause = PAUSE_SECONDS
            if is_away(fault):
                log.warning("evidence_waits", fault=type(fault).__name__)
            else:
                log.exception("evidence_failed")
        await asyncio.sleep(pause)

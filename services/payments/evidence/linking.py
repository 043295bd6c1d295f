"""The chain's own loop: what has been committed is given a position and linked, a few times a second, by one process of the service.

Another takes over where it was killed, or says nothing any more. Nothing of it stands in the way of those who post. While it waits for
news the process's sequencer looks five times a second, instead of once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

import structlog

from chassis import commands
from chassis.database import is_away
from chassis.identity import service_caller
from chassis.leadership import while_leading
from chassis.runtime import Runtime
from chassis.sequencer import sequencer_of
from chassis.stopping import end, unbroken
from services.payments.evidence import actions

PAYMENTS = service_caller("payments")
LEADERSHIP = "payments/evidence"
TICK_SECONDS = 0.3
PAUSE_SECONDS = 1.0
QUIET_SECONDS = 5.0
log = structlog.get_logger(__name__)


@asynccontextmanager
async def keep_chains(runtime: Runtime) -> AsyncIterator[None]:
    """Links in the background while the service serves."""
    leading = while_leading(runtime.settings.direct_url, LEADERSHIP, partial(_follow, runtime))
    task = asyncio.create_task(leading, name="evidence")
    try:
        yield
    finally:
        await end([task])


async def link_committed(runtime: Runtime) -> None:
    """Number and link all that has been committed; nothing, if another is at it."""
    await sequencer_of(runtime).number()
    await _link(runtime)


async def _link(runtime: Runtime) -> int:
    """Slice by slice, to the last position there is; up to which it was."""
    while True:
        progress = await commands.perform(runtime, actions.link_batches, PAYMENTS, seed=f"link {uuid4()}")
        if progress.complete:
            return progress.position


async def _follow(runtime: Runtime) -> None:
    linked = 0
    while True:
        pause = TICK_SECONDS
        try:
            linked = await unbroken(_link(runtime))
        except Exception as fault:
            pause = PAUSE_SECONDS
            if is_away(fault):
                log.warning("evidence_waits", fault=type(fault).__name__)
            else:
                log.exception("evidence_failed")
        # Waiting from the first moment on, so that the sequencer, which is slower where nobody waits, is not.
        news = sequencer_of(runtime).wait_beyond(linked, QUIET_SECONDS)
        await asyncio.gather(asyncio.sleep(pause), news)

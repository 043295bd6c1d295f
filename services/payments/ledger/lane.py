"""The transfer endpoints' door: commands of many callers, decided and committed together.

Concurrent postings gather while the commit before them is under way. A duplicate that another process committed in between, a deadlock or
a serialisation failure makes the whole batch run again; anything unexpected sends its postings through one by one (`chassis.lanes`).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from chassis.clock import business_day, real_now, told_by
from chassis.commands import RETRIED, UNIQUE_VIOLATION, retried
from chassis.direct import KeptConnection
from chassis.events import WRITE, EventSink, columns_of
from chassis.ids import IdSource
from chassis.lanes import Lane
from chassis.runtime import Runtime
from chassis.telemetry import current_trace, telemetry_of
from services.payments.ledger.batches import known_under_lock, write
from services.payments.ledger.model import Outcome, Posting
from services.payments.ledger.rules import decide_all

AGAIN = RETRIED | {UNIQUE_VIOLATION}
LARGEST_GATHERING = 512
"""Postings of one commit."""


class LedgerLane:
    """One process's lane. It has a connection of its own, on the direct address."""

    def __init__(self, runtime: Runtime) -> None:
        self.settings = runtime.settings
        self.connection = KeptConnection(replace(self.settings, database_url=self.settings.direct_url))
        sizes = telemetry_of(runtime).metrics.lane_batch_size.labels("ledger")
        self.lane: Lane[Posting, list[Outcome]] = Lane(
            self._commit, largest_batch=LARGEST_GATHERING, on_batch=sizes.observe
        )

    async def post(self, posting: Posting) -> list[Outcome]:
        """An outcome for each command, once committed; refusals are values. Raises LaneFull, LaneClosed, Busy."""
        return await self.lane.submit(posting)

    async def _commit(self, postings: Sequence[Posting]) -> list[list[Outcome]]:
        return await retried(lambda: self._once(postings), AGAIN)

    async def _once(self, postings: Sequence[Posting]) -> list[list[Outcome]]:
        async with self.connection.transaction(self.lane.more) as direct:
            known = await known_under_lock(direct, postings)
            now = real_now() if known.clock is None or not self.settings.test_mode else told_by(*known.clock)
            events = EventSink(now, IdSource(now), current_trace())
            ruling, outcomes = decide_all(known, postings, now, business_day(now, self.settings.zone))
            await write(direct, ruling, events, whole=True)
            if ruling.created:
                await direct.fetch(WRITE, *columns_of(events.take()))
        return outcomes


@asynccontextmanager
async def open_lane(runtime: Runtime) -> AsyncIterator[None]:
    """Opened before serving; closed after the last request, when what waits has been committed."""
    ledger = LedgerLane(runtime)
    ledger.lane.open()
    runtime.provide(ledger)
    try:
        yield
    finally:
        await ledger.lane.close()
        await ledger.connection.close()

"""Days closed as the service's periodic work does it, in a process of its own: `python -m benchmarks.closing_days FIRST DAYS`.

Prints one JSON list: the seconds of each day.
"""

import asyncio
import json
import sys
import time
from datetime import date, timedelta

from chassis import commands
from chassis.runtime import Runtime
from chassis.settings import Settings
from services.p2p.servicing import actions, queries
from services.p2p.servicing.jobs import P2P
from services.p2p.servicing.model import CloseState, DayClose


async def close(first: date, days: int) -> list[float]:
    runtime = Runtime(Settings.read("p2p"))
    async with runtime.reading():
        pass
    seconds = []
    for day in (first + timedelta(days=at) for at in range(days)):
        began = time.perf_counter()
        await _close(runtime, day)
        seconds.append(time.perf_counter() - began)
    await runtime.database.close()
    return seconds


async def _close(runtime: Runtime, day: date) -> None:
    """What `close_ended` does of a day, whatever the clock says."""
    async with runtime.transaction(seed=f"begin\0{day}") as tx:
        await queries.begin(tx.connection, DayClose(day, CloseState.CLOSING, actions.FIRST, 0, tx.now, None))
    state = CloseState.CLOSING
    at = 0
    while state is CloseState.CLOSING:
        made = await commands.perform(runtime, actions.close_slice, P2P, seed=f"close\0{day}\0{at}", day=day)
        state, at = made.state, at + 1


if __name__ == "__main__":
    print(json.dumps(asyncio.run(close(date.fromisoformat(sys.argv[1]), int(sys.argv[2])))))

"""A process that does jobs, to be killed by a test: `python -m tests.chassis.worker URL KEYS`.

Its one job tells each start as an event, then works for longer than the test lets it live, unless told otherwise by the payload.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from chassis.jobs import JobQueue
from chassis.runtime import Runtime
from chassis.settings import Settings


async def work(runtime: Runtime, payload: dict[str, Any]) -> None:
    async with runtime.transaction() as tx:
        tx.events.add("test.job_started.v1", payload["id"], {})
    await asyncio.sleep(payload["seconds"])


async def main(url: str, keys: Path) -> None:
    runtime = Runtime(Settings("p2p", "test", url, url, keys, {}))
    runtime.jobs = JobQueue(runtime, {"test.work": work}, heartbeat_seconds=2)
    await runtime.jobs.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))

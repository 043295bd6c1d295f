"""One run of the matcher in a process of its own, as the service's job makes it: `python -m benchmarks.reconciling ACCOUNT_ID`.

Prints one JSON object: seconds, processor time, and the most memory it held.
"""

import asyncio
import json
import sys
import time
from uuid import UUID

from benchmarks.settling import peak_mb
from chassis.runtime import Runtime
from chassis.settings import Settings
from services.payments.reconciliation.jobs import run_now


async def reconcile(account_id: UUID) -> float:
    runtime = Runtime(Settings.read("payments"))
    try:
        began = time.perf_counter()
        await run_now(runtime, account_id)
        return time.perf_counter() - began
    finally:
        await runtime.database.close()


def main() -> None:
    seconds = asyncio.run(reconcile(UUID(sys.argv[1])))
    print(json.dumps({"seconds": seconds, "processor_seconds": time.process_time(), "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()

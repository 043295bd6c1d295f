"""The settlement run alone, as the service's periodic job does it, in a process of its own: `python -m benchmarks.settling [--audit]`.

Prints one JSON object: seconds, and in MB what the process had held at most when it began, after the first chunk and at the end.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from chassis import commands
from chassis.runtime import Runtime
from chassis.settings import Settings
from services.payments.settlement.jobs import PAYMENTS, settle_due
from services.payments.settlement.run_actions import CHUNK_MERCHANTS, settle_chunk
from services.payments.verification.queries import checks


async def settle(*, audited: bool) -> dict[str, float]:
    """audited: every check of the service holds before and after; raises AssertionError where one does not."""
    runtime = Runtime(Settings.read("payments"))
    if audited:
        await _audit(runtime)
    async with runtime.reading():
        began_mb = peak_mb()
    began, used = time.perf_counter(), time.process_time()
    await commands.perform(runtime, settle_chunk, PAYMENTS, seed="first chunk", merchants=CHUNK_MERCHANTS)
    first_chunk_mb = peak_mb()
    await settle_due(runtime)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    found = {"seconds": seconds, "processor_seconds": used}
    found |= {"began_mb": began_mb, "first_chunk_mb": first_chunk_mb, "peak_mb": peak_mb()}
    if audited:
        await _audit(runtime)
    await runtime.database.close()
    return found


def peak_mb() -> float:
    """What this process has held in memory at most. Linux counts in getrusage what its parent held when it began: that is passed by."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _audit(runtime: Runtime) -> None:
    async with runtime.reading() as connection:
        found = {name: offending[:3] for name, (_, offending) in (await checks(connection)).items() if offending}
    if found:
        raise AssertionError(f"the audit does not hold: {found}")


if __name__ == "__main__":
    print(json.dumps(asyncio.run(settle(audited="--audit" in sys.argv))))

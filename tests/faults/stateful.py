"""Long random runs with connections cut: `python -m tests.faults.stateful [--minutes N] [--seed N] [--shrink]`.

What `tests/payments/ledger/test_stateful.py` does a few times: a naive second ledger foretells every answer, while the connections between
the service and PostgreSQL are cut at any statement of a transaction, before it, in the middle of it, or when it was carried out and its
answer is on the way. Every round has a database and a process's connections of its own, and the next seed. Exit code 1 at the first
difference, with all that was asked and answered in that run; --shrink looks for a shorter one, some minutes long.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import structlog

from chassis.settings import Settings
from tests.databases import Databases, scratch_server
from tests.payments.ledger.cutting import How
from tests.payments.ledger.machine import play
from tests.payments.ledger.stage import Stage, staged
from tests.serving import write_keys

MINUTES = 30.0
RUNS, STEPS = 40, 50
"""Of a round."""


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.stateful", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help=f"begin no round after so many (default {MINUTES:.0f})"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of the first round")
    parser.add_argument("--shrink", action="store_true", help="look for a shorter run that goes wrong")
    arguments = parser.parse_args()
    # Each cut is told by the service, as it should be.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    # The service rolls its own dice in another thread, between two draws.
    warnings.filterwarnings("ignore", message="Do not use the `random` module")
    until, number = time.monotonic() + 60 * arguments.minutes, arguments.seed
    cut: Counter[tuple[str, How]] = Counter()
    with scratch_server() as admin_url, tempfile.TemporaryDirectory(prefix="sifang-stateful-") as folder:
        databases = Databases(admin_url, Path(folder), "stateful")
        write_keys(Path(folder))
        while time.monotonic() < until:
            try:
                cut += await _round(databases, Path(folder), number, shrinking=arguments.shrink)
            except Exception:
                print(f"seed {number} went wrong", flush=True)
                raise
            number += 1
    print(*(f"{count:6} × {statement}, {how}" for (statement, how), count in sorted(cut.items())), sep="\n")
    return 0


async def _round(databases: Databases, keys: Path, number: int, *, shrinking: bool) -> "Counter[tuple[str, How]]":
    url, _ = await databases.fresh("payments")
    async with staged(Settings("payments", "test", url, url, keys, {})) as stage:
        began = time.monotonic()
        await asyncio.to_thread(play, stage, RUNS, STEPS, number=number, shrinking=shrinking)
        print(_words(stage, number, time.monotonic() - began), flush=True)
        return stage.cut


def _words(stage: Stage, number: int, seconds: float) -> str:
    return (
        f"seed {number}: {stage.runs} runs, {stage.asked:,} requests, {sum(stage.cut.values()):,} cuts, {stage.unanswered:,} without an"
        f" answer, {stage.said['created']:,} created, {stage.said['exists']:,} exist, {seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""Single transfers a second of a ledger that already holds millions ÷ those of one that holds none, in turn.

Two servers with the same small shared_buffers, each with its own processes of the service; the one that is not asked stands still.
The stored transfers' indexes are several times as large as those buffers, so most of what a transfer touches is not in them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measured import Result
from benchmarks.plan import Plan
from benchmarks.singly import PROCESSES, Scene, in_turn
from benchmarks.stage import raised
from benchmarks.stored import indexed_bytes, store
from benchmarks.wallets import open_wallets

TARGET = 0.85
SHARED_BUFFERS_MB = 128
LEAST_TIMES = 4.0
FROM_TRANSFERS = 5_000_000
"""From here on the indexes must be LEAST_TIMES as large as the buffers, or nothing is measured."""


def run(plan: Plan) -> Result:
    with _scene(plan, None) as empty, _scene(plan, plan.transfers) as grown:
        times = indexed_bytes(grown.stage) / (SHARED_BUFFERS_MB << 20)
        require_large(times, plan.transfers)
        value = grown.singly(f"{plan.transfers:,} transfers stored", grown.random_pairs())
        floor = empty.singly("none stored", empty.random_pairs())
        in_turn(plan.rounds, value.round, floor.round)
        notes = [
            f"indexes of {plan.transfers:,} stored transfers: {times:.1f} × shared_buffers ({SHARED_BUFFERS_MB} MB)"
        ]
        notes = [*grown.acknowledged.note(), *empty.acknowledged.note(), *notes]
        return Result("ledger_scale", value.rate, floor.rate, TARGET, value.others, notes)


def require_large(times: float, transfers: int) -> None:
    """times: the indexes' size in shared_buffers. Raises AssertionError where they would fit in after all."""
    if transfers >= FROM_TRANSFERS and times < LEAST_TIMES:
        raise AssertionError(f"the indexes are only {times:.1f} times as large as shared_buffers")


@contextmanager
def _scene(plan: Plan, stored: int | None) -> Iterator[Scene]:
    """A server, its service, and wallets between which that many transfers were made before."""
    data = plan.data if stored is not None else None
    settings = {"shared_buffers": f"{SHARED_BUFFERS_MB}MB"}
    with raised(data, durable=plan.durable, settings=settings) as stage:
        with stage.serving(1) as funding:
            wallets = open_wallets(stage, funding.addresses[0], plan.accounts)
        if stored is not None:
            store(stage, wallets, stored, plan.seed)
        with stage.serving(plan.processes or PROCESSES) as serving:
            yield Scene(plan, stage, serving, wallets)

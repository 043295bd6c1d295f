"""The time within which 99 of 100 single transfers are answered, at half of the rate the service can do, ÷ pgbench's, in turn.

The load is open (`benchmarks.open_loop`): a wait counts from when the request was due. pgbench's waits are those of its log, in the
closed loop of eight clients that is the floor of `ledger_single`; its log at half of its own rate, counted from when each
transaction was due, is shown beside it.
"""

from benchmarks.lines import at_share
from benchmarks.measured import Result, Series
from benchmarks.open_loop import pace
from benchmarks.pgbench import Pgbench
from benchmarks.plan import Plan
from benchmarks.processor_time import Cores
from benchmarks.singly import PROCESSES, Scene, Singly
from benchmarks.stage import raised
from benchmarks.wallets import open_wallets

TARGET = 3.0
SHARE = 0.99


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(plan.processes or PROCESSES) as serving:
        scene = Scene(plan, stage, serving, open_wallets(stage, serving.addresses[0], plan.accounts))
        pgbench = Pgbench(stage.server)
        pgbench.prepare(plan.pgbench_scale)
        closed = scene.singly("as fast as answers come", scene.random_pairs())
        paced = _Paced(plan, closed, Cores(serving.pids, stage.server.process.pid))
        floor = Series("99 of 100 of pgbench, 8 clients, as fast as they can", "ms")
        half = Series("99 of 100 of pgbench at half of that rate", "ms")
        seconds = max(1, round(plan.seconds))
        for _ in range(plan.rounds):
            closed.round()
            paced.round()
            waits = pgbench.waits(seconds)
            floor.values.append(at_share(waits, SHARE) * 1000)
            half.values.append(at_share(pgbench.waits(seconds, rate=len(waits) / seconds / 2), SHARE) * 1000)
        others = [paced.middle, paced.rate, closed.rate, half, *paced.cores.series]
        notes = scene.acknowledged.note()
        return Result("ledger_single_p99", paced.slow, floor, TARGET, others, notes, less_is_better=True)


class _Paced:
    """Rounds of the open loop, each at half of the median rate that the closed one has reached until then."""

    def __init__(self, plan: Plan, closed: Singly, cores: Cores) -> None:
        self._plan = plan
        self._closed = closed
        self.cores = cores
        self.slow = Series("99 of 100 are answered within", "ms")
        self.middle = Series("half are answered within", "ms")
        self.rate = Series("open loop", "transfers/s")

    def round(self) -> None:
        plan, closed = self._plan, self._closed
        self.cores.start()
        tally = pace(
            closed.addresses,
            closed.requests,
            connections=plan.connections,
            rate=closed.rate.median / 2,
            seconds=plan.seconds,
            warm_up=plan.warm_up,
            seed=plan.seed + len(self.rate.values),
        )
        self.cores.stop()
        self.rate.values.append(tally.rate)
        self.middle.values.append(tally.wait_at(0.5) * 1000)
        self.slow.values.append(tally.wait_at(SHARE) * 1000)
        closed.acknowledged.add(tally)

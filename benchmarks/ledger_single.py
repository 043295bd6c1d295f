"""Single transfers a second over HTTP ÷ transactions a second of pgbench on the same server, the two in turn."""

from benchmarks.measured import Result, Series
from benchmarks.pgbench import Pgbench
from benchmarks.plan import Plan
from benchmarks.singly import PROCESSES, Scene
from benchmarks.stage import raised
from benchmarks.wallets import open_wallets

FEWER_CONNECTIONS = 64
FAST, SLOW = 4000.0, 1500.0
TARGET_WHERE_FAST, TARGET_WHERE_SLOW = 1.7, 4.0


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(plan.processes or PROCESSES) as serving:
        scene = Scene(plan, stage, serving, open_wallets(stage, serving.addresses[0], plan.accounts))
        pgbench = Pgbench(stage.server)
        pgbench.prepare(plan.pgbench_scale)
        pairs = scene.random_pairs()
        many = scene.singly("single transfers over HTTP", pairs)
        fewer = min(FEWER_CONNECTIONS, plan.connections)
        few = scene.singly(f"the same, {fewer} connections", pairs, connections=fewer)
        floor = Series("pgbench, TPC-B-like", "transactions/s")
        for _ in range(plan.rounds):
            many.round()
            floor.values.append(pgbench.rate(max(1, round(plan.seconds))))
            few.round()
        others = [*many.others, few.rate, few.slow]
        return Result("ledger_single", many.rate, floor, target(floor.median), others, scene.acknowledged.note())


def target(floor: float) -> float:
    """What a group commit gains is the time of a disk's flush: the slower the disk, the more of it there is to share.

    Between a disk that lets pgbench do FAST transactions a second and one that lets it do SLOW, the target goes in a straight line.
    """
    share = min(1.0, max(0.0, (FAST - floor) / (FAST - SLOW)))
    return TARGET_WHERE_FAST + share * (TARGET_WHERE_SLOW - TARGET_WHERE_FAST)

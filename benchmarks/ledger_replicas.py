"""Single transfers a second of two replicas on one database ÷ those of one of them alone, in turn.

Both run all the time: alone means that the other is asked nothing. On two cores, which they share with PostgreSQL and the load,
two can gain little; what shows is that they lose nothing by each other's locks.
"""

from benchmarks.measured import Result
from benchmarks.plan import Plan
from benchmarks.singly import Scene, in_turn
from benchmarks.stage import raised
from benchmarks.wallets import open_wallets

TARGET = 0.9
REPLICAS = 2


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(REPLICAS) as serving:
        scene = Scene(plan, stage, serving, open_wallets(stage, serving.addresses[0], plan.accounts))
        pairs = scene.random_pairs()
        both = scene.singly("two replicas", pairs)
        alone = scene.singly("one replica", pairs, addresses=serving.addresses[:1])
        in_turn(plan.rounds, both.round, alone.round)
        return Result("ledger_replicas", both.rate, alone.rate, TARGET, both.others, scene.acknowledged.note())

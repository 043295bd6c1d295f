"""Single transfers a second of two replicas, all to one hot account, ÷ those of the same two on random pairs, in turn.

Every transfer changes the hot account's row, is in its history, and is decided by its rule: it may never have more credits than debits.
So no two commits can be under way at once; what is left is what a commit carries.
"""

from benchmarks.measured import Result
from benchmarks.plan import Plan
from benchmarks.singly import Scene, in_turn
from benchmarks.stage import raised
from benchmarks.transfers import tails_to
from benchmarks.wallets import CURRENCY, open_hot, open_wallets

TARGET = 0.6
REPLICAS = 2


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(REPLICAS) as serving:
        wallets = open_wallets(stage, serving.addresses[0], plan.accounts)
        hot = open_hot(stage, serving.addresses[0])
        scene = Scene(plan, stage, serving, wallets)
        to_one = scene.singly("all to one hot account", tails_to(hot, wallets, CURRENCY, plan.seed))
        spread = scene.singly("random pairs", scene.random_pairs())
        in_turn(plan.rounds, to_one.round, spread.round)
        return Result("ledger_hot", to_one.rate, spread.rate, TARGET, to_one.others, scene.acknowledged.note())

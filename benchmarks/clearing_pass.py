"""The time of a liquidity pass over a queue, from its lock to its commit ÷ that of one GROUP BY over ten times as many obligations."""

import json

from benchmarks.clearing import group_by
from benchmarks.measured import Result, Series
from benchmarks.owed import SHORT, left_waiting, owe, queue_up
from benchmarks.plan import Plan
from benchmarks.sql import connected
from benchmarks.stage import Stage, raised

TARGET = 5
QUEUED = 0.1


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage:
        owe(stage, plan.obligations, plan.seed)
        return measured(stage, plan)


def measured(stage: Stage, plan: Plan) -> Result:
    """Beside the obligations that are there."""
    taken, floor = Series("liquidity pass", "s"), Series("GROUP BY payer, payee", "s")
    released, memory = Series("payments released", "%"), Series("memory at most", "MB")
    queued = int(plan.obligations * QUEUED)
    for number in range(plan.rounds):
        floor.values.append(connected(stage.admin_url, group_by))
        queue_up(stage, queued, plan.obligations, plan.seed + number)
        told = json.loads(stage.run("benchmarks.clearing_house", "pass"))
        if told["examined"] != queued or left_waiting(stage) != queued - told["released"]:
            raise AssertionError(f"the pass has lost something: {told}")
        taken.values.append(told["seconds"])
        released.values.append(told["released"] / queued * 100)
        memory.values.append(told["peak_mb"])
    note = f"{queued:,} payments, of {SHORT} participants more than their caps bear; {plan.obligations:,} obligations grouped"
    return Result("clearing_pass", taken, floor, TARGET, [released, memory], [note], less_is_better=True)

"""Obligations of a window settled a second, from its closing to the report ÷ one SQL GROUP BY payer, payee over the same rows."""

import json
import time

import asyncpg

from benchmarks.measured import Result, Series
from benchmarks.owed import FLOOR, open_again, owe
from benchmarks.plan import Plan
from benchmarks.sql import connected
from benchmarks.stage import Stage, raised

TARGET = 0.2


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage:
        owe(stage, plan.obligations, plan.seed)
        return measured(stage, plan)


def measured(stage: Stage, plan: Plan) -> Result:
    """Of the obligations that are there, in the open window; as before afterwards."""
    rate, floor = Series("obligations settled", "obligations/s"), Series("GROUP BY payer, payee", "obligations/s")
    processor, memory = Series("processor time of the settling process", "s"), Series("its memory at most", "MB")
    saved = Series("netting efficiency, multilateral", "%")
    for _ in range(plan.rounds):
        floor.values.append(plan.obligations / connected(stage.admin_url, group_by))
        told = json.loads(stage.run("benchmarks.clearing_house", "settle"))
        if (told["obligations"], told["reported"]) != (plan.obligations, told["participants"]):
            raise AssertionError(f"not all was settled: {told}")
        rate.values.append(plan.obligations / told["seconds"])
        processor.values.append(told["processor_seconds"])
        memory.values.append(told["peak_mb"])
        saved.values.append(float(told["multilateral_efficiency"]) * 100)
        open_again(stage)
    note = f"{plan.obligations:,} obligations among {told['participants']} participants"
    return Result("clearing", rate, floor, TARGET, [saved, processor, memory], [note])


async def group_by(connection: "asyncpg.Connection[asyncpg.Record]") -> float:
    """Seconds, with all rows of the answer."""
    began = time.perf_counter()
    await connection.fetch(FLOOR)
    return time.perf_counter() - began

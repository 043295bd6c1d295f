"""Statement lines matched a second by a run of the service, against planted truth ÷ one SQL join on the exact reference that inserts its
pairs into the same table.
"""

import json
import time

import asyncpg

from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.planted import SCHEMA, Planted, plant
from benchmarks.sql import connected, execute, number
from benchmarks.stage import Stage, raised

TARGET = 0.15
LEAST_FOUND = 0.99
MOST_MB = 1024
_FLOOR = """INSERT INTO reconciliation_pairs (line_id, record_id, run_id, rule)
    SELECT line.id, record.id, line.account_id, 1 FROM statement_lines AS line
    JOIN reconciliation_records AS record ON record.account_id = line.account_id AND record.match_key = line.match_key
    WHERE line.match_key <> ''"""
_PAIRS = "SELECT line_id, record_id FROM reconciliation_pairs"
_TRUE_PAIRS = f"SELECT line_id, record_id FROM {SCHEMA}.pairs"  # noqa: S608
_BREAKS = "SELECT type, line_id, record_id FROM reconciliation_breaks"
_TRUE_BREAKS = f"SELECT type, line_id, record_id FROM {SCHEMA}.breaks"  # noqa: S608
_MADE = "SELECT (SELECT count(*) FROM reconciliation_pairs) + (SELECT count(*) FROM reconciliation_breaks)"
_AGAIN = "TRUNCATE reconciliation_pairs, reconciliation_breaks, reconciliation_runs CASCADE"


def run(plan: Plan) -> Result:
    rate, floor = Series("lines matched", "lines/s"), Series("one join on the reference", "lines/s")
    processor, memory = Series("processor time of the matching process", "s"), Series("its memory at most", "MB")
    found, typed = Series("true pairs found", "%"), Series("breaks found under their type", "%")
    with raised(plan.data, durable=plan.durable) as stage:
        planted = plant(stage, plan.lines, plan.seed)
        for _ in range(plan.rounds):
            floor.values.append(planted.lines / connected(stage.admin_url, _floor))
            execute(stage.admin_url, _AGAIN, "CHECKPOINT")
            told = json.loads(stage.run("benchmarks.reconciling", str(planted.account_id)))
            rate.values.append(planted.lines / told["seconds"])
            processor.values.append(told["processor_seconds"])
            memory.values.append(told["peak_mb"])
            found.values.append(_require_true(stage, planted))
            typed.values.append(_typed(stage, planted))
            _require_nothing_new(stage, planted)
            execute(stage.admin_url, _AGAIN, "CHECKPOINT")
    if max(memory.values) > MOST_MB:
        raise AssertionError(f"the run held {max(memory.values):.0f} MB")
    note = (
        f"{planted.lines:,} lines, {planted.records:,} records, {planted.pairs:,} true pairs, {planted.breaks:,} breaks;"
        " no pair was wrong, and a second run found nothing new"
    )
    return Result("reconcile", rate, floor, TARGET, [found, typed, processor, memory], [note])


async def _floor(connection: "asyncpg.Connection[asyncpg.Record]") -> float:
    """Seconds, with commit."""
    began = time.perf_counter()
    await connection.execute(_FLOOR)
    return time.perf_counter() - began


def _require_true(stage: Stage, planted: Planted) -> float:
    """Which share of the true pairs was found, in per cent. Raises AssertionError for a pair that is not true, or too few."""
    wrong, missed = _only(stage, _PAIRS, _TRUE_PAIRS), _only(stage, _TRUE_PAIRS, _PAIRS)
    share = 1 - missed / planted.pairs
    if wrong or share < LEAST_FOUND:
        raise AssertionError(f"{wrong} wrong pairs, {missed} of {planted.pairs} not found")
    return share * 100


def _typed(stage: Stage, planted: Planted) -> float:
    return (1 - _only(stage, _TRUE_BREAKS, _BREAKS) / planted.breaks) * 100


def _only(stage: Stage, rows: str, others: str) -> int:
    """How many rows of the one query the other has not."""
    found: int = number(stage.admin_url, f"SELECT count(*) FROM ({rows} EXCEPT ALL {others}) AS found")  # noqa: S608
    return found


def _require_nothing_new(stage: Stage, planted: Planted) -> None:
    """The same again finds the same."""
    before = number(stage.admin_url, _MADE)
    stage.run("benchmarks.reconciling", str(planted.account_id))
    after = number(stage.admin_url, _MADE)
    if before != after:
        raise AssertionError(f"a second run made {after - before} pairs and breaks more")

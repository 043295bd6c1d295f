"""Fills a second of standing orders, holds in payments included ÷ COPY of the same rows, a commit for each listing, in turn.

One process matches as many listings at a time as its job loop takes jobs.
"""

from collections.abc import Sequence

from benchmarks.matching_book import Figures, kept
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from chassis.jobs import CONCURRENT_JOBS

TARGET = 0.06


def run(plan: Plan) -> Result:
    with kept(plan) as book:
        return result(
            [book.run(str(plan.listings), str(plan.lots), str(CONCURRENT_JOBS)) for _ in range(plan.rounds)], plan
        )


def result(rounds: Sequence[Figures], plan: Plan) -> Result:
    rate, floor = (
        Series("fills, holds included", "fills/s"),
        Series("COPY of the same bids, a commit a listing", "rows/s"),
    )
    for told in rounds:
        rate.values.append(plan.lots * len(told["copies"]) * 1000 / sum(told["runs"]))
        floor.values.append(plan.lots * len(told["copies"]) * 1000 / sum(told["copies"]))
    note = f"{plan.listings} listings, {CONCURRENT_JOBS} at a time, of {plan.lots} lots a round, {plan.standing_orders:,} standing orders"
    return Result("matching_rate", rate, floor, TARGET, notes=[note])

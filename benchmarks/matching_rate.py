"""Fills a second of standing orders, holds in payments included ÷ COPY of the same rows, a commit for each listing, in turn.

Listings are matched four at a time by one process: its job loop takes up to eight.
"""

from collections.abc import Sequence

from benchmarks.matching_book import Figures, kept
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan

TARGET = 0.06
AT_ONCE = 4


def run(plan: Plan) -> Result:
    with kept(plan) as book:
        return result([book.run(str(plan.listings), str(plan.lots), str(AT_ONCE)) for _ in range(plan.rounds)], plan)


def result(rounds: Sequence[Figures], plan: Plan) -> Result:
    rate, floor = (
        Series("fills, holds included", "fills/s"),
        Series("COPY of the same bids, a commit a listing", "rows/s"),
    )
    for told in rounds:
        rate.values.append(plan.lots * len(told["copies"]) * 1000 / sum(told["runs"]))
        floor.values.append(plan.lots * len(told["copies"]) * 1000 / sum(told["copies"]))
    note = f"{plan.listings} listings, {AT_ONCE} at a time, of {plan.lots} lots a round, {plan.standing_orders:,} standing orders"
    return Result("matching_rate", rate, floor, TARGET, notes=[note])

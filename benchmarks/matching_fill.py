"""A listing of 500 lots filled by 500 of a million standing orders, holds in payments included ÷ SELECT + COPY 500 + UPDATE 500 + commit.

The 99th of 100 of each, in time. One order in a hundred is eligible; every second of those, from the queue's front on, is out of budget.
"""

import math
from collections.abc import Sequence

from benchmarks.matching_book import Figures, kept
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan

TARGET = 10


def run(plan: Plan) -> Result:
    with kept(plan) as book:
        return result([book.run(str(plan.listings), str(plan.lots)) for _ in range(plan.rounds)], plan)


def result(rounds: Sequence[Figures], plan: Plan) -> Result:
    fill, floor = Series("99 of 100 are filled within", "ms"), Series("99 of 100 floors are done within", "ms")
    half, half_floor = Series("half are filled within", "ms"), Series("half of the floors are done within", "ms")
    for told in rounds:
        fill.values.append(percentile(told["runs"], 0.99))
        floor.values.append(percentile(told["floors"], 0.99))
        half.values.append(percentile(told["runs"], 0.5))
        half_floor.values.append(percentile(told["floors"], 0.5))
    note = f"{plan.listings} listings of {plan.lots} lots a round, {plan.standing_orders:,} standing orders"
    return Result("matching_fill", fill, floor, TARGET, [half, half_floor], [note], less_is_better=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The least of the values that so many are at most."""
    return sorted(values)[math.ceil(share * len(values)) - 1]

"""XIRR of 100,000 sets of flows at once ÷ pyxirr on the same sets, one call for each, in turn.

Both get what they read fastest: pyxirr lists of pairs (date, amount), the arrays day numbers and minor units. The sets are loans of 2 to 36
payments as they were really paid: late, early, short, some with a further drawing. All rates are compared on the way.
"""

import random
from datetime import date, timedelta
from functools import partial

import numpy
import pyxirr

from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.repeated import things_a_second
from finance.return_arrays import Integers, xirr_many

TARGET = 0.9
SETS = 100_000
LONGEST_SECONDS = 2.0
Flows = list[tuple[date, float]]


def run(plan: Plan) -> Result:
    sets = [loan(random.Random(plan.seed * SETS + which)) for which in range(SETS)]
    arrays = as_arrays(sets)
    compare(sets, arrays)
    value, floor = Series("sets at once, arrays", "sets/s"), Series("pyxirr, a call a set", "sets/s")
    seconds = min(plan.seconds, LONGEST_SECONDS)
    for _ in range(plan.rounds):
        value.values.append(things_a_second(partial(xirr_many, *arrays), SETS, seconds))
        floor.values.append(things_a_second(partial(by_pyxirr, sets), SETS, seconds))
    flows = sum(map(len, sets)) / SETS
    return Result("xirr", value, floor, TARGET, notes=[f"{SETS:,} sets of {flows:.1f} flows, the same rates to 1e-8"])


def loan(source: random.Random) -> Flows:
    principal, count = source.randrange(100_000, 50_000_000), source.choice([2, 6, 12, 24, 36])
    start = date(2019, 1, 1) + timedelta(days=source.randrange(1_500))
    payment = principal * (1 + source.uniform(-0.1, 0.3) * count / 12) / count
    paid = {start: -float(principal)}
    for number in range(1, count + 1):
        day = start + timedelta(days=30 * number + source.choice([-3, 0, 0, 0, 0, 1, 5, 25]))
        paid[day] = paid.get(day, 0.0) + round(payment * source.uniform(0.95, 1.05))
    if source.random() < 0.05:
        paid[start + timedelta(days=10)] = -float(source.randrange(principal // 2))
    return sorted(paid.items())


def as_arrays(sets: list[Flows]) -> tuple[Integers, Integers, Integers]:
    days = numpy.array([day.toordinal() for flows in sets for day, _ in flows])
    amounts = numpy.array([int(amount) for flows in sets for _, amount in flows])
    starts = numpy.cumsum([0, *map(len, sets)])[:-1]
    return days, amounts, starts


def by_pyxirr(sets: list[Flows]) -> list[float | None]:
    return [pyxirr.xirr(flows) for flows in sets]


def compare(sets: list[Flows], arrays: tuple[Integers, Integers, Integers]) -> None:
    """Raises AssertionError if a rate differs, or only one of both found it."""
    found = xirr_many(*arrays)
    for ours, theirs in zip(found.rates.tolist(), by_pyxirr(sets), strict=True):
        if ours is None or theirs is None or abs(ours - theirs) > 1e-8:
            raise AssertionError(f"{ours} is not {theirs}")

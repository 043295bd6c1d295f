"""Schedules built per second through the array interface ÷ the bare float64 arithmetic for the same numbers, in turn.

The floor computes level instalment, interest, principal and balance of every row without rounding anything, a row of all
cases at a time: what numpy needs to write such numbers at all. Some of the arrays' rows are compared with `build` on the way; a million of
them by `python -m tests.finance.arrays_against_build`.
"""

import random
from datetime import date
from decimal import Decimal
from functools import partial

import numpy
from numpy.typing import NDArray

from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.repeated import things_a_second
from finance.schedule_arrays import MILLION, Floats, Integers, ScheduleArrays, build_many
from finance.schedules import Schedule, build

TARGET = 0.3
CASES, PERIODS = 100_000, 36
COMPARED = 500
START = date(2024, 1, 31)
LONGEST_SECONDS = 2.0
"""Of a measurement: enough for some dozens of calls."""


def run(plan: Plan) -> Result:
    principals, rates = cases(plan.seed)
    compare(build_many(principals, rates, PERIODS), principals, rates)
    value, floor = Series("schedules of 36 rows, arrays", "schedules/s"), Series("bare float64", "schedules/s")
    single = [Series(f"one build of {rows} rows", "µs") for rows in (36, 360)]
    seconds = min(plan.seconds, LONGEST_SECONDS)
    for _ in range(plan.rounds):
        value.values.append(things_a_second(partial(build_many, principals, rates, PERIODS), CASES, seconds))
        floor.values.append(things_a_second(partial(bare, principals, rates, PERIODS), CASES, seconds))
        for series, rows in zip(single, (36, 360), strict=True):
            series.values.append(1e6 / things_a_second(partial(one, rows), 1, seconds / 4))
    return Result("schedules", value, floor, TARGET, single, [f"{COMPARED} of {CASES:,} cases equal `build`"])


def cases(seed: int) -> tuple[Integers, Integers]:
    """Loans of 1,000.00 to 500,000.00 at 1 % to 36 %, by hundredths of a per cent."""
    source = numpy.random.default_rng(seed)
    return source.integers(100_000, 50_000_000, CASES), source.integers(100, 3_600, CASES) * 100


def bare(principals: Integers, rates: Integers, periods: int) -> tuple[Floats, Floats, Floats]:
    principal, interest, balance = (numpy.empty((periods, len(principals))) for _ in range(3))
    rate, owed = rates / (12.0 * MILLION), principals.astype(numpy.float64)
    instalment: NDArray[numpy.float64] = owed * rate / -numpy.expm1(-periods * numpy.log1p(rate))
    for row in range(periods):
        numpy.multiply(owed, rate, out=interest[row])
        numpy.subtract(instalment, interest[row], out=principal[row])
        numpy.subtract(owed, principal[row], out=balance[row])
        owed = balance[row]
    return principal, interest, balance


def one(rows: int) -> Schedule:
    return build(31_415_926, "0.1234", rows, start_on=START)


def compare(arrays: ScheduleArrays, principals: Integers, rates: Integers) -> None:
    """Raises AssertionError if a row differs."""
    for case in random.Random(CASES).sample(range(CASES), COMPARED):
        schedule = build(int(principals[case]), Decimal(int(rates[case])) / MILLION, PERIODS, start_on=START)
        for name, array in arrays._asdict().items():
            if array[:, case].tolist() != [getattr(row, name) for row in schedule.rows]:
                raise AssertionError(f"{name} of {principals[case]} at {rates[case]} millionths differs from build")

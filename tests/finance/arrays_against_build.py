"""Rows of the array interface against `build`, case by case.

`python -m tests.finance.arrays_against_build [--cases N] [--seed N]`, apart from `make test`: a minute for its million cases. A
third of them are ordinary loans, a third are made for ties (whole hundreds at rates whose monthly share halves a unit), a third go
to the ends: principals from 1 to 10^13, rates up to 1,000 %. All four methods, 1 to 36 rows. Exit code 1, and the first case, if a
row differs by a minor unit.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial

import numpy

from finance.schedule_arrays import MILLION, Integers, build_many
from finance.schedules import build

METHODS = ("equal_instalment", "equal_principal", "equal_instalment", "interest_first", "equal_instalment", "flat")
"""In turn: equal instalments have the most to get wrong."""
START = date(2024, 1, 1)
BATCH = 5_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.finance.arrays_against_build", description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    batches = range(-(-asked.cases // BATCH))
    compared = 0
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for differing in processes.map(partial(first_difference, asked.seed), batches):
            if differing:
                print(f"differs from build: {differing}")
                return 1
            compared += BATCH
    print(f"{compared:,} cases equal to build, to the minor unit")
    return 0


def first_difference(seed: int, batch: int) -> str | None:
    """A batch of cases of one kind, method and number of periods; None if every row is that of `build`."""
    source = numpy.random.default_rng([seed, batch])
    method, periods = METHODS[batch // 3 % len(METHODS)], int(source.integers(1, 37))
    principals, rates = _cases(source, batch % 3)
    arrays = build_many(principals, rates, periods, method=method)
    columns = [array.T.tolist() for array in (arrays.principal_minor, arrays.interest_minor, arrays.balance_minor)]
    for case, (principal, rate) in enumerate(zip(principals.tolist(), rates.tolist(), strict=True)):
        rows = build(principal, Decimal(rate) / MILLION, periods, method=method, start_on=START).rows
        built = [[row.principal_minor for row in rows], [row.interest_minor for row in rows]]
        if [column[case] for column in columns] != [*built, [row.balance_minor for row in rows]]:
            return f"{principal} at {rate} millionths over {periods}, {method}"
    return None


def _cases(source: numpy.random.Generator, kind: int) -> tuple[Integers, Integers]:
    if kind == 0:
        return source.integers(100_000, 50_000_000, BATCH), source.integers(0, 3_600, BATCH) * 100
    if kind == 1:
        return source.integers(1, 50_000, BATCH) * 100, source.integers(0, 60, BATCH) * 6_000
    principals = numpy.exp(source.uniform(0, numpy.log(1e13), BATCH)).astype(numpy.int64)
    return principals, source.integers(0, 10 * MILLION + 1, BATCH)


if __name__ == "__main__":
    sys.exit(main())

"""What the figures of lateness are made of: the portfolio by bucket, and how loans rolled from bucket to bucket."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from finance.ageing import MONTHS
from finance.roll_rates import Snapshot, Transition, transition
from services.p2p.collections.report_queries import Went

ByDays = Sequence[tuple[str, str, int, int, int, int]]


@dataclass(frozen=True, slots=True)
class Aged:
    """Running loans of a programme in one bucket: how many, principal outstanding, and what of them is overdue; minor units."""

    programme: str
    currency: str
    bucket: str
    loans: int
    outstanding_minor: int
    overdue_minor: int


def aged(rows: ByDays) -> list[Aged]:
    """By programme, currency and bucket, every bucket of a programme, also an empty one."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for code, currency, days, *amounts in rows:
        for name in MONTHS.names:
            sums.setdefault((code, currency, name), [0, 0, 0])
        total = sums[code, currency, MONTHS.bucket(days).name]
        for at, amount in enumerate(amounts):
            total[at] += amount
    return [Aged(*key, *total) for key, total in sums.items()]


def rolled(moves: Sequence[Went]) -> Transition:
    """By number of loans and by what they owed. Of loans that went the same way the sums are known: the first of them stands for all."""
    sizes = [move.loans for move in moves]
    ids = numpy.arange(sum(sizes), dtype=numpy.int64)
    then = _side(ids, [move.then for move in moves], sizes, [move.then_minor for move in moves])
    return transition(then, _side(ids, [move.now for move in moves], sizes, [move.now_minor for move in moves]))


def _side(
    ids: "numpy.typing.NDArray[numpy.int64]", days: Sequence[int | None], sizes: Sequence[int], owed: Sequence[int]
) -> Snapshot:
    known = numpy.repeat(numpy.array([day is not None for day in days], dtype=bool), sizes)
    late = numpy.repeat(numpy.array([day or 0 for day in days], dtype=numpy.int64), sizes)
    balances = numpy.zeros(len(ids), dtype=numpy.int64)
    first = numpy.cumsum([0, *sizes[:-1]], dtype=numpy.int64) if sizes else numpy.zeros(0, dtype=numpy.int64)
    balances[first] = owed
    return Snapshot(ids[known], late[known], balances[known])

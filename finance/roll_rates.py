"""How loans move between buckets of lateness from one month-end to the next.

`transition` follows every loan: a matrix of counts and amounts from its bucket then to its bucket now. Loans that are gone
went to `closed`, loans that were not there came from `new`, so that every row and every column adds up to a portfolio.

Flow rates (迁徙率) M0→M1, M1→M2, …: the balance now of loans that moved on to the next bucket or a worse one ÷ the balance
of their bucket then. Multiplied from a bucket to the last they give the part of its balance that ends there, which is the
loss rate of a provision matrix (IFRS 9, B5.5.35).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple, get_args

import numpy
from numpy.typing import NDArray

from finance.ageing import LARGEST_BUCKETS, MONTHS, BucketTable
from finance.errors import CannotBeMet, InexactNumber, OutOfRange, UnknownChoice, WrongShape
from finance.exact import Exact, fraction, listed, of_kind, shown
from finance.loan_arrays import Integers, counts_by, require_alike, sums_by, whole_numbers

By = Literal["count", "amount"]
Matrix = tuple[tuple[int, ...], ...]

CLOSED, NEW = "closed", "new"
LARGEST_TRANSITIONS = 1_200


class Snapshot(NamedTuple):
    """A portfolio on a day: a key (int64 or text), days past due and balance for each loan."""

    ids: NDArray[Any]
    days: Integers
    balances_minor: Integers


@dataclass(frozen=True, slots=True)
class Transition:
    """Rows: the buckets then, and `new`; columns: the buckets now, and `closed`.

    `before_minor` adds up balances as they were then (those of `new` loans are 0), `after_minor` as they are now (those of
    `closed` loans are 0).
    """

    from_states: tuple[str, ...]
    to_states: tuple[str, ...]
    counts: Matrix
    before_minor: Matrix
    after_minor: Matrix

    def rates(self, by: By = "count") -> list[list[float | None]]:
        """Roll rates (滚动率): each cell's part of its row, by loans or by their balances then; None for a row of nothing.

        The row of `new` loans has no rates by amount, as nothing was owed then.
        """
        if not isinstance(by, str) or by not in get_args(By):
            raise UnknownChoice(f"by must be count or amount, not {shown(by)}", field="by")
        matrix = self.counts if by == "count" else self.before_minor
        return [[cell / total if (total := sum(row)) else None for cell in row] for row in matrix]


def transition(before: Snapshot, after: Snapshot, table: BucketTable = MONTHS) -> Transition:
    """The movements between two month-ends. A key twice in a snapshot raises `CannotBeMet`."""
    size = len(of_kind(table, BucketTable, "table").buckets)
    then, then_order = _numbered(before, "before", table)
    now, now_order = _numbered(after, "after", table)
    if before.ids.dtype.kind != after.ids.dtype.kind:
        raise InexactNumber("both snapshots must have keys of one kind", field="after")
    old_ids, new_ids = before.ids[then_order], after.ids[now_order]
    at, stays = _places(old_ids, new_ids)
    to_states: Integers = numpy.full(len(old_ids), size, dtype=numpy.int64)
    to_states[stays] = now[at[stays]]
    balances_now: Integers = numpy.zeros(len(old_ids), dtype=numpy.int64)
    balances_now[stays] = after.balances_minor[now_order][at[stays]]
    known: NDArray[numpy.bool_] = numpy.zeros(len(new_ids), dtype=numpy.bool_)
    known[at[stays]] = True
    arrived = now[~known]
    cells = numpy.concatenate([then * (size + 1) + to_states, numpy.full(len(arrived), size * (size + 1)) + arrived])
    none: Integers = numpy.zeros(len(arrived), dtype=numpy.int64)
    balances_then = numpy.concatenate([before.balances_minor[then_order], none])
    balances_now = numpy.concatenate([balances_now, after.balances_minor[now_order][~known]])
    square = (size + 1) ** 2
    return Transition(
        (*table.names, NEW),
        (*table.names, CLOSED),
        _matrix(counts_by(cells, square), size + 1),
        _matrix(sums_by(cells, balances_then, square), size + 1),
        _matrix(sums_by(cells, balances_now, square), size + 1),
    )


def flow_rates(transitions: Sequence[Transition]) -> list[Fraction | None]:
    """From each bucket but the last to the next or worse, over all the months given: Σ moved on ÷ Σ balance then.

    None where a bucket was empty. With several months this is the average weighted by balance.
    """
    months = listed(transitions, "transitions", most=LARGEST_TRANSITIONS)
    if not all(isinstance(one, Transition) for one in months):
        raise WrongShape("transitions must be of Transition", field="transitions")
    if len({one.from_states for one in months}) != 1:
        raise CannotBeMet("transitions are needed, all of the same buckets", field="transitions")
    buckets = len(months[0].from_states) - 1
    rates: list[Fraction | None] = []
    for bucket in range(buckets - 1):
        moved = sum(sum(one.after_minor[bucket][bucket + 1 : buckets]) for one in months)
        balance = sum(sum(one.before_minor[bucket]) for one in months)
        rates.append(Fraction(moved, balance) if balance else None)
    return rates


def loss_rates(flows: Sequence[Exact | None]) -> list[Fraction | None]:
    """The part of each bucket's balance that flows through to the last bucket, of which nothing is recovered.

    One more than there are flows: the last bucket's own is 1. None from where a flow is not known backwards. Exact, so that
    `finance.loan_classes.by_matrix` can provide by them.
    """
    rates: list[Fraction | None] = [Fraction(1)]
    for flow in reversed(listed(flows, "flows", most=LARGEST_BUCKETS)):
        moved = None if flow is None else fraction(flow, "flows")
        if moved is not None and moved < 0:
            raise OutOfRange(f"a flow rate is not negative: {shown(flow)}", field="flows")
        rates.append(None if moved is None or rates[-1] is None else moved * rates[-1])
    return rates[::-1]


def _numbered(snapshot: Snapshot, field: str, table: BucketTable) -> tuple[Integers, NDArray[numpy.intp]]:
    """Bucket numbers of a snapshot in the order of its keys, and that order."""
    ids = of_kind(snapshot, Snapshot, field).ids
    if not isinstance(ids, numpy.ndarray) or ids.ndim != 1 or ids.dtype.kind not in "iUS":
        raise InexactNumber(f"{field}.ids must be a flat array of integers or texts", field=field)
    whole_numbers(snapshot.balances_minor, f"{field}.balances_minor")
    numbers = table.numbers(snapshot.days)
    require_alike(ids, numbers, f"{field}.days")
    require_alike(ids, snapshot.balances_minor, f"{field}.balances_minor")
    order = numpy.argsort(ids, kind="stable")
    ordered = ids[order]
    if len(ids) and (ordered[1:] == ordered[:-1]).any():
        raise CannotBeMet(f"{field} has a loan twice", field=field)
    return numbers[order], order


def _places(wanted: NDArray[Any], among: NDArray[Any]) -> tuple[NDArray[numpy.intp], NDArray[numpy.bool_]]:
    """Where each of some sorted keys stands among others, and whether it is there at all."""
    at = numpy.searchsorted(among, wanted)
    inside = at < len(among)
    there: NDArray[numpy.bool_] = numpy.zeros(len(wanted), dtype=numpy.bool_)
    there[inside] = among[at[inside]] == wanted[inside]
    return at, there


def _matrix(cells: list[int], size: int) -> Matrix:
    return tuple(tuple(cells[row * size : (row + 1) * size]) for row in range(size))

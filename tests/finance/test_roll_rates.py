from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.ageing import MONTHS, Bucket, BucketTable
from finance.errors import CannotBeMet, FinanceError, InexactNumber, OutOfRange, UnknownChoice, WrongShape
from finance.loan_classes import by_matrix
from finance.roll_rates import CLOSED, NEW, Snapshot, Transition, flow_rates, loss_rates, transition

Book = dict[int, tuple[int, int]]
"""Days past due and balance by key."""


def snapshot(book: Book) -> Snapshot:
    rows = [(key, *loan) for key, loan in book.items()]
    columns = [numpy.array([row[at] for row in rows], dtype=numpy.int64) for at in range(3)]
    return Snapshot(*columns)


def test_every_loan_is_followed() -> None:
    before = {1: (0, 1_000), 2: (0, 500), 3: (15, 300), 4: (45, 200), 5: (15, 80)}
    after = {1: (0, 900), 2: (20, 500), 3: (45, 300), 5: (0, 70), 6: (0, 400)}
    moved = transition(snapshot(before), snapshot(after))
    m0, m1, m2 = (MONTHS.names.index(name) for name in ("M0", "M1", "M2"))
    new, closed = moved.from_states.index(NEW), moved.to_states.index(CLOSED)
    cells = {
        (m0, m0): (1, 1_000, 900),
        (m0, m1): (1, 500, 500),
        (m1, m2): (1, 300, 300),
        (m1, m0): (1, 80, 70),
        (m2, closed): (1, 200, 0),
        (new, m0): (1, 0, 400),
    }
    for row in range(len(moved.from_states)):
        for column in range(len(moved.to_states)):
            found = (moved.counts[row][column], moved.before_minor[row][column], moved.after_minor[row][column])
            assert found == cells.get((row, column), (0, 0, 0))
    assert moved.rates()[m0][:2] == [0.5, 0.5]
    assert moved.rates("amount")[m0][:2] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    assert moved.rates("amount")[new] == [None] * len(moved.to_states)
    assert moved.rates()[MONTHS.names.index("M3")] == [None] * len(moved.to_states)


books = st.dictionaries(st.integers(0, 30), st.tuples(st.integers(0, 220), st.integers(0, 10**12)), max_size=25)


@given(books, books)
def test_a_second_way_of_following_them(before: Book, after: Book) -> None:
    moved = transition(snapshot(before), snapshot(after))
    counts: Counter[tuple[str, str]] = Counter()
    then: Counter[tuple[str, str]] = Counter()
    now: Counter[tuple[str, str]] = Counter()
    for key in before.keys() | after.keys():
        source = MONTHS.bucket(before[key][0]).name if key in before else NEW
        target = MONTHS.bucket(after[key][0]).name if key in after else CLOSED
        counts[source, target] += 1
        then[source, target] += before[key][1] if key in before else 0
        now[source, target] += after[key][1] if key in after else 0
    for matrix, expected in ((moved.counts, counts), (moved.before_minor, then), (moved.after_minor, now)):
        for source, row in zip(moved.from_states, matrix, strict=True):
            assert row == tuple(expected[source, target] for target in moved.to_states)
    for row in moved.rates():
        assert row[0] is None or sum(rate for rate in row if rate is not None) == pytest.approx(1)


def test_keys_may_be_texts() -> None:
    def named(book: dict[str, tuple[int, int]]) -> Snapshot:
        numbers = snapshot(dict(enumerate(book.values())))
        return Snapshot(numpy.array(list(book)), numbers.days, numbers.balances_minor)

    moved = transition(named({"lon_b": (0, 5), "lon_a": (1, 7)}), named({"lon_longer": (0, 1), "lon_a": (0, 3)}))
    assert moved.counts[1][0] == 1
    assert moved.counts[0][-1] == 1
    assert moved.counts[-1][0] == 1
    with pytest.raises(InexactNumber):
        transition(named({"lon_b": (0, 5)}), snapshot({1: (0, 5)}))


def receivables() -> list[Transition]:
    """Sales of 100,000 of which 50,000, 23,000, 8,000 and 2,000 were still unpaid at the end of each month.

    IFRScommunity.com, example of a provision matrix (scribd 727588826).
    """
    unpaid = [100_000, 50_000, 23_000, 8_000, 2_000]
    lates = [0, 1, 31, 61, 91]
    books: list[Book] = [{1: (late, sum_)} | {2: (0, 0)} for late, sum_ in zip(lates, unpaid, strict=True)]
    return [transition(snapshot(before), snapshot(after)) for before, after in pairwise(books)]


def test_loss_rates_follow_from_flows() -> None:
    flows = flow_rates(receivables())
    assert flows[:4] == [Fraction(1, 2), Fraction(23, 50), Fraction(8, 23), Fraction(1, 4)]
    assert flows[4:] == [None, None, None]
    losses = loss_rates(flows[:4])
    assert losses == [Fraction(2, 100), Fraction(4, 100), Fraction(2, 23), Fraction(1, 4), 1]
    amounts = [300_000, 140_000, 60_000, 23_000, 5_000]
    known = [loss for loss in losses if loss is not None]
    assert by_matrix(amounts, known) == [6_000, 5_600, 5_217, 5_750, 5_000]


def test_a_flow_is_of_those_who_got_worse() -> None:
    before = {1: (0, 600), 2: (0, 200), 3: (0, 200), 4: (200, 500), 5: (170, 100)}
    after = {1: (0, 500), 2: (20, 210), 3: (31, 190), 4: (230, 500), 5: (201, 100), 6: (10, 50)}
    flows = flow_rates([transition(snapshot(before), snapshot(after))])
    assert flows[0] == Fraction(2, 5), "with the loan that went two buckets in a month, without the new one"
    assert flows[6] == 1, "M6 to M6+ without what was in M6+ before"


def test_months_are_weighted_by_balance() -> None:
    first = transition(snapshot({1: (0, 100), 2: (0, 300)}), snapshot({1: (5, 100), 2: (0, 300)}))
    second = transition(snapshot({1: (0, 600)}), snapshot({1: (0, 600)}))
    assert flow_rates([first, second])[0] == Fraction(1, 10)


def test_unknown_flows_make_unknown_losses_before_them() -> None:
    assert loss_rates(["0.5", None, "0.25"]) == [None, None, Fraction(1, 4), 1]
    assert loss_rates([]) == [1]
    assert loss_rates([0]) == [0, 1]


def test_refusals() -> None:
    book = snapshot({1: (0, 5)})
    twice = Snapshot(numpy.array([1, 1]), numpy.array([0, 0]), numpy.array([5, 5]))
    for one, other in ((twice, book), (book, twice)):
        with pytest.raises(CannotBeMet):
            transition(one, other)
    faults: list[tuple[Any, type[FinanceError]]] = [
        (book._replace(ids=numpy.array([1.0])), InexactNumber),
        (book._replace(ids=[1]), InexactNumber),
        (book._replace(ids=numpy.array([1, 2])), OutOfRange),
        (book._replace(days=numpy.array([-1])), OutOfRange),
        (book._replace(balances_minor=numpy.array([-1])), OutOfRange),
        (book._replace(balances_minor=numpy.array([1, 2])), OutOfRange),
    ]
    for fault, error in faults:
        with pytest.raises(error):
            transition(fault, book)
        with pytest.raises(error):
            transition(book, fault)
    with pytest.raises(CannotBeMet):
        flow_rates([])
    with pytest.raises(OutOfRange):
        flow_rates([transition(book, book)] * 1_201)
    with pytest.raises(WrongShape):
        flow_rates([None])  # type: ignore[list-item]
    other_table = BucketTable((Bucket("all", 0, None),))
    with pytest.raises(CannotBeMet):
        flow_rates([transition(book, book), transition(book, book, other_table)])
    assert flow_rates([transition(book, book, other_table)]) == []
    with pytest.raises(UnknownChoice):
        transition(book, book).rates("weight")  # type: ignore[arg-type]
    with pytest.raises(OutOfRange):
        loss_rates(["-0.1"])
    for flow in (0.5, float("nan"), True):
        with pytest.raises(InexactNumber):
            loss_rates([flow])  # type: ignore[list-item]
    with pytest.raises(OutOfRange):
        loss_rates(["0.5"] * 101)
    assert len(loss_rates(["0.5"] * 100)) == 101

"""The pass over a queue against brute force, and what must hold of any book."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.payments.clearing.liquidity import settleable
from services.payments.clearing.model import Waiting

Book = list[Waiting]


@st.composite
def books(draw: st.DrawFn, most: int = 12) -> tuple[Book, dict[int, int]]:
    people = draw(st.integers(2, 5))
    pairs = st.tuples(st.integers(1, people), st.integers(1, people)).filter(lambda pair: pair[0] != pair[1])
    found = draw(st.lists(st.tuples(pairs, st.integers(1, 9)), max_size=most))
    queue = [Waiting(number, payer, payee, amount) for number, ((payer, payee), amount) in enumerate(found, 1)]
    return queue, {number: draw(st.integers(-5, 12)) for number in range(1, people + 1)}


def bearable(queue: Book, taken: list[bool], liquidity: dict[int, int]) -> bool:
    """Nobody pays more than it gets and has; who pays nothing is not asked."""
    left, paying = dict(liquidity), set()
    for one, goes in zip(queue, taken, strict=True):
        if goes:
            left[one.payer] -= one.amount
            left[one.payee] += one.amount
            paying.add(one.payer)
    return all(left[number] >= 0 for number in paying)


def in_order(queue: Book, taken: list[bool]) -> bool:
    passed_over: set[int] = set()
    for one, goes in zip(queue, taken, strict=True):
        if goes and one.payer in passed_over:
            return False
        if not goes:
            passed_over.add(one.payer)
    return True


def largest(queue: Book, liquidity: dict[int, int]) -> list[bool]:
    """Of all sets that keep each queue's order and that all can bear, the one with the most payments."""
    own = {payer: sum(one.payer == payer for one in queue) for payer in {one.payer for one in queue}}
    best = [False] * len(queue)
    for lengths in product(*(range(count + 1) for count in own.values())):
        left = dict(zip(own, lengths, strict=True))
        taken = []
        for one in queue:
            taken.append(left[one.payer] > 0)
            left[one.payer] -= 1
        if sum(taken) > sum(best) and bearable(queue, taken, liquidity):
            best = taken
    return best


@settings(max_examples=100, deadline=None)
@given(books())
def test_the_largest_set_in_order_is_that_of_brute_force(book: tuple[Book, dict[int, int]]) -> None:
    queue, liquidity = book
    taken = settleable(queue, liquidity, skipping=False)
    assert taken == largest(queue, liquidity)
    assert in_order(queue, taken)


@settings(max_examples=60, deadline=None)
@given(books(most=40))
def test_skipping_adds_to_it_and_nobody_pays_more_than_it_may(book: tuple[Book, dict[int, int]]) -> None:
    queue, liquidity = book
    first, both = settleable(queue, liquidity, skipping=False), settleable(queue, liquidity)
    assert bearable(queue, first, liquidity)
    assert bearable(queue, both, liquidity)
    assert all(later for earlier, later in zip(first, both, strict=True) if earlier)


@given(st.integers(2, 50), st.integers(1, 2**50))
def test_a_circle_with_empty_accounts_settles_in_full(people: int, amount: int) -> None:
    circle = [Waiting(number, number, number % people + 1, amount) for number in range(1, people + 1)]
    assert all(settleable(circle, {}))
    assert not any(settleable(circle[:-1], {}))


def test_a_small_payment_goes_past_a_large_one_that_cannot() -> None:
    queue = [Waiting(1, 1, 2, 100), Waiting(2, 1, 2, 7), Waiting(3, 1, 2, 5)]
    assert settleable(queue, {1: 10}, skipping=False) == [False, False, False]
    assert settleable(queue, {1: 10}) == [False, True, False]
    # What the one receives lets it pay in the next round.
    assert settleable([Waiting(1, 2, 3, 9), Waiting(2, 1, 2, 7)], {1: 7, 2: 2}, skipping=False) == [True, True]


def test_who_owes_more_than_it_may_already_pays_only_what_comes_in() -> None:
    assert settleable([Waiting(1, 1, 2, 3)], {1: -1, 2: 0}) == [False]
    assert settleable([Waiting(1, 1, 2, 3), Waiting(2, 2, 1, 4)], {1: -1, 2: 4}) == [True, True]

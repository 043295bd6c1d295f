from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, InexactNumber, OutOfRange
from finance.money import split_fixed_then_weights, split_largest_remainder, split_portions

amounts = st.integers(-(2**62), 2**62)
weights = st.lists(
    st.one_of(st.integers(0, 10**9), st.fractions(0, 100, max_denominator=997), st.decimals(0, 100, places=4)),
    min_size=1,
    max_size=30,
).filter(lambda values: any(values))


@given(amounts, weights)
def test_largest_remainder_conserves_and_stays_within_one_unit(amount: int, shares: list[int]) -> None:
    parts = split_largest_remainder(amount, shares)
    total = sum(map(Fraction, shares), Fraction(0))
    assert sum(parts) == amount
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - amount * Fraction(share) / total) < 1
        assert share or part == 0


@given(amounts, weights)
def test_portions_conserve_and_never_give_to_a_zero_portion(amount: int, shares: list[int]) -> None:
    parts = split_portions(amount, shares)
    assert sum(parts) == amount
    assert all(share or part == 0 for part, share in zip(parts, shares, strict=True))


@given(amounts, weights)
def test_a_reversal_mirrors_its_original(amount: int, shares: list[int]) -> None:
    assert split_largest_remainder(-amount, shares) == [-part for part in split_largest_remainder(amount, shares)]
    assert split_portions(-amount, shares) == [-part for part in split_portions(amount, shares)]


@given(st.integers(0, 10**9), st.permutations(list("abcdefg")))
def test_with_tie_keys_the_order_of_the_weights_does_not_matter(amount: int, keys: list[str]) -> None:
    weight_of = dict(zip("abcdefg", [1, 1, 1, 2, 2, 5, 0], strict=True))
    expected = dict(
        zip("abcdefg", split_largest_remainder(amount, list(weight_of.values()), tie_keys=list("abcdefg")), strict=True)
    )
    parts = split_largest_remainder(amount, [weight_of[key] for key in keys], tie_keys=keys)
    assert dict(zip(keys, parts, strict=True)) == expected


def test_worked_examples() -> None:
    assert split_portions(15, [80, 8, 12]) == [13, 1, 1]
    assert split_portions(15, [Decimal("0.80"), Decimal("0.08"), Decimal("0.12")]) == [13, 1, 1]
    assert split_largest_remainder(15, [80, 8, 12]) == [12, 1, 2]
    assert split_largest_remainder(2, [1, 1, 1]) == [1, 1, 0]
    assert split_largest_remainder(2, [1, 1, 1], tie_keys=["c", "b", "a"]) == [0, 1, 1]
    assert split_largest_remainder(0, [3, 4]) == [0, 0]
    assert split_portions(3, [0, 1, 1]) == [0, 2, 1]


def test_fixed_amounts_come_first_as_far_as_the_money_goes() -> None:
    assert split_fixed_then_weights(100, [30, 20], [1, 2]) == ([30, 20], [17, 33])
    assert split_fixed_then_weights(40, [30, 20], [1, 2]) == ([30, 10], [0, 0])
    assert split_fixed_then_weights(50, [30, 20], []) == ([30, 20], [])
    with pytest.raises(CannotBeMet) as refused:
        split_fixed_then_weights(51, [30, 20], [])
    assert refused.value.facts == {"left": 1}


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), max_size=6), weights)
def test_fixed_then_weights_conserves(amount: int, fixed: list[int], shares: list[int]) -> None:
    served, rest = split_fixed_then_weights(amount, fixed, shares)
    assert sum(served) + sum(rest) == amount
    assert all(part <= wanted for part, wanted in zip(served, fixed, strict=True))


@pytest.mark.parametrize(
    ("shares", "error"),
    [
        ([], OutOfRange),
        ([0, 0], OutOfRange),
        ([1, -1], OutOfRange),
        ([0.5, 0.5], InexactNumber),
        ([True, 1], InexactNumber),
        ([Decimal("NaN")], InexactNumber),
    ],
)
def test_weights_that_cannot_be_used(shares: list[int], error: type[ValueError]) -> None:
    with pytest.raises(error) as refused:
        split_largest_remainder(10, shares)
    assert refused.value.field == "weights"  # type: ignore[attr-defined]
    with pytest.raises(error):
        split_portions(10, shares)


def test_tie_keys_are_as_many_as_weights_and_amounts_are_ints() -> None:
    with pytest.raises(OutOfRange):
        split_largest_remainder(1, [1, 1], tie_keys=["a"])
    with pytest.raises(InexactNumber):
        split_largest_remainder(1.0, [1, 1])  # type: ignore[arg-type]

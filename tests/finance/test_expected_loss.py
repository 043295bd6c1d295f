from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import FinanceError, InexactNumber, OutOfRange, UnknownChoice, WrongShape
from finance.exact import rounded
from finance.expected_loss import (
    LARGEST_EXPOSURE,
    PRESUMED,
    Period,
    StageRule,
    allowance_minor,
    discounted_loss_minor,
    expected_loss_minor,
    expected_losses_minor,
    marginal_probabilities,
)


def whole(*values: int) -> Any:
    return numpy.array(values, dtype=numpy.int64)


def test_twelve_months_of_a_loan_of_a_million() -> None:
    """IFRS 9, Illustrative Examples, Example 8: CU1,000,000, 0.5 % and 25 % make an allowance of CU1,250."""
    assert expected_loss_minor(100_000_000, "0.005", "0.25") == 125_000
    assert expected_losses_minor(whole(100_000_000), whole(5_000), whole(250_000)).tolist() == [125_000]


AMORTISING = [
    Period(Decimal(chance), Decimal("0.8"), exposure)
    for chance, exposure in [
        ("0.03", 100_000),
        ("0.03", 82_926),
        ("0.03", 64_500),
        ("0.04", 44_627),
        ("0.04", 23_164),
    ]
]
"""A loan of 100,000 repaid by 25,000 a year, 7,926 of interest in the first: IFRScommunity.com, example of 12-month and
lifetime ECL (scribd 479910643)."""
RATE = "0.07926"


def test_the_whole_life_of_a_loan() -> None:
    """By year as in the table. Its total, 6,722, is that of amounts it does not round, discounted by days."""
    yearly = [
        discounted_loss_minor([Period("0", "0", 0)] * at + [period], RATE) for at, period in enumerate(AMORTISING)
    ]
    assert yearly == [2_224, 1_709, 1_231, 1_053, 506]
    assert abs(discounted_loss_minor(AMORTISING, RATE) - 6_722) <= 1


def test_default_may_be_certain() -> None:
    assert discounted_loss_minor([Period("0.4", "1", 100), Period("0.6", "1", 100)], "0") == 100
    assert discounted_loss_minor([Period("1", "1", 1_001)], "1000") == 1
    assert discounted_loss_minor([Period("1", "1", 100)], "0.000000000001") == 100
    assert [StageRule(0, 0).stage(days) for days in (0, 1)] == [1, 3]
    assert expected_loss_minor(0, "1", "1") == 0


def test_what_a_stage_is_provided_with() -> None:
    assert allowance_minor(1, AMORTISING, RATE, periods_a_year=1) == 2_224
    assert allowance_minor(1, AMORTISING, RATE, periods_a_year=2) == 3_932
    assert allowance_minor(2, AMORTISING, RATE, periods_a_year=1) == 6_723
    assert allowance_minor(3, AMORTISING, RATE, periods_a_year=1) == 80_000
    assert allowance_minor(1, AMORTISING, RATE, periods_a_year=12) == 6_723, "a life shorter than a year"
    other = [Period("0.1", "0.5", 1_000), Period("0.1", "0.2", 900)]
    assert allowance_minor(3, other, RATE, periods_a_year=12) == 500
    assert allowance_minor(3, iter(AMORTISING), RATE, periods_a_year=12) == 80_000  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "stage"), [(0, 1), (30, 1), (31, 2), (90, 2), (91, 3), (5_000, 3)])
def test_stages_by_days_past_due(days: int, stage: int) -> None:
    assert PRESUMED.stage(days) == stage
    assert PRESUMED.stages(whole(days)).tolist() == [stage]
    assert PRESUMED.stage(days, risk_risen=True) == max(2, stage)
    assert PRESUMED.stage(days, impaired=True) == 3
    assert StageRule(10, 60).stage(days) == (1 if days <= 10 else 2 if days <= 60 else 3)


@given(
    st.lists(
        st.tuples(st.decimals("0", "0.05", places=6), st.decimals("0", "1", places=4), st.integers(0, 10**12)),
        min_size=1,
        max_size=15,
    ),
    st.decimals("-0.5", "2", places=6),
    st.sampled_from(["half_up", "half_even", "down", "up"]),
)
def test_discounting_against_the_plain_sum(
    drawn: list[tuple[Decimal, Decimal, int]], rate: Decimal, rounding: Any
) -> None:
    exact = sum(
        Fraction(chance) * Fraction(lost) * exposure / (1 + Fraction(rate)) ** (at + 1)
        for at, (chance, lost, exposure) in enumerate(drawn)
    )
    periods = [Period(*period) for period in drawn]
    assert discounted_loss_minor(periods, rate, rounding=rounding) == rounded(Fraction(exact), rounding)


@given(
    st.lists(
        st.tuples(st.integers(0, LARGEST_EXPOSURE), st.integers(0, 10**6), st.integers(0, 10**6)),
        min_size=1,
        max_size=50,
    )
)
def test_many_loans_are_each_of_them(loans: list[tuple[int, int, int]]) -> None:
    found = expected_losses_minor(*(whole(*column) for column in zip(*loans, strict=True)))
    expected = [
        expected_loss_minor(exposure, Decimal(chance).scaleb(-6), Decimal(lost).scaleb(-6))
        for exposure, chance, lost in loans
    ]
    assert found.tolist() == expected


def test_ties_of_many_loans_go_up() -> None:
    """1 × 50 % × 100 %, 3 × 50 % × 50 %: half a unit, three quarters."""
    assert expected_losses_minor(
        whole(1, 3, 1, 5), whole(500_000, 500_000, 499_999, 100_000), whole(10**6, 500_000, 10**6, 10**6)
    ).tolist() == [1, 1, 0, 1]
    assert expected_losses_minor(whole(LARGEST_EXPOSURE), whole(10**6), whole(10**6)).tolist() == [LARGEST_EXPOSURE]


def test_marginal_probabilities_are_of_those_still_alive() -> None:
    assert marginal_probabilities(["0.1", "0.1", "0.5"]) == [Decimal("0.1"), Decimal("0.09"), Decimal("0.405")]
    assert marginal_probabilities(["1", "0.3"]) == [1, 0]
    assert marginal_probabilities([]) == []
    monthly = marginal_probabilities(["0.012345678901"] * 1_200)
    assert sum(monthly) <= 1
    assert abs(sum(monthly) - (1 - (1 - Decimal("0.012345678901")) ** 1_200)) < Decimal("1e-24")
    assert discounted_loss_minor([Period(chance, "1", 10**9) for chance in monthly], "0") == 999_999_664


@given(st.lists(st.decimals("0", "1", places=5), max_size=40))
def test_marginal_probabilities_never_exceed_certainty(chances: list[Decimal]) -> None:
    found = marginal_probabilities(chances)
    alive = Fraction(1)
    for chance, marginal in zip(chances, found, strict=True):
        assert marginal >= 0
        assert abs(Fraction(marginal) - alive * Fraction(chance)) < Fraction(1, 10**29)
        alive *= 1 - Fraction(chance)
    assert sum(map(Fraction, found)) <= 1


@pytest.mark.parametrize(
    ("periods", "error"),
    [
        ([], OutOfRange),
        ([Period("0.6", "1", 5), Period("0.5", "1", 5)], OutOfRange),
        ([Period("1.1", "1", 5)], OutOfRange),
        ([Period("-0.1", "1", 5)], OutOfRange),
        ([Period("0.1", "1.1", 5)], OutOfRange),
        ([Period("0.1", "1", -5)], OutOfRange),
        ([Period("0.1", "1", 1.5)], InexactNumber),  # type: ignore[arg-type]
        ([Period(0.1, "1", 5)], InexactNumber),  # type: ignore[arg-type]
        ([Period("NaN", "1", 5)], InexactNumber),
        ([("0.1", "1", 5)], WrongShape),
        ([Period("0", "1", 5)] * 1_201, OutOfRange),
        (5, WrongShape),
    ],
)
def test_periods_that_are_refused(periods: Any, error: type[FinanceError]) -> None:
    with pytest.raises(error) as refused:
        discounted_loss_minor(periods, "0.05")
    assert refused.value.field == "periods"
    for stage in (1, 2, 3):
        with pytest.raises(error):
            allowance_minor(stage, periods, "0.05", periods_a_year=12)  # type: ignore[arg-type]


def test_other_refusals() -> None:
    beyond = [Period("0", "0", 0)] * 30 + AMORTISING
    with pytest.raises(OutOfRange):
        discounted_loss_minor(beyond, "-0.9")
    for rate in ("-1", "-2", "1001", "0.1234567890123", "inf", 0.05):
        with pytest.raises(FinanceError) as refused:
            discounted_loss_minor(AMORTISING, rate)  # type: ignore[arg-type]
        assert refused.value.field == "rate"
    with pytest.raises(UnknownChoice):
        discounted_loss_minor(AMORTISING, "0.05", rounding="nearest")  # type: ignore[arg-type]
    for stage in (0, 4, "1", True):
        with pytest.raises(UnknownChoice):
            allowance_minor(stage, AMORTISING, "0.05", periods_a_year=1)  # type: ignore[arg-type]
    for periods_a_year in (0, 367):
        with pytest.raises(OutOfRange):
            allowance_minor(1, AMORTISING, "0.05", periods_a_year=periods_a_year)
    with pytest.raises(OutOfRange):
        expected_loss_minor(-1, "0.1", "0.1")
    with pytest.raises(OutOfRange):
        expected_loss_minor(1, "1.1", "0.1")
    with pytest.raises(OutOfRange):
        expected_loss_minor(1, "0.1", "1.1")
    with pytest.raises(OutOfRange):
        marginal_probabilities(["1.5"])
    with pytest.raises(OutOfRange):
        marginal_probabilities(["0"] * 1_201)
    with pytest.raises(OutOfRange):
        StageRule(91, 90)
    with pytest.raises(OutOfRange):
        StageRule(-1, 90)
    with pytest.raises(OutOfRange):
        PRESUMED.stage(-1)
    good = [whole(5), whole(5), whole(5)]
    for at, most in enumerate((LARGEST_EXPOSURE, 10**6, 10**6)):
        for fault in (whole(-1), whole(most + 1), whole(1, 2)):
            with pytest.raises(OutOfRange):
                expected_losses_minor(*good[:at], fault, *good[at + 1 :])

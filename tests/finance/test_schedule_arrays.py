from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import FinanceError
from finance.schedule_arrays import MILLION, ScheduleArrays, build_many
from finance.schedules import build
from tests.finance import arrays_against_build

METHODS = ("equal_instalment", "equal_principal", "interest_first", "flat")
START = date(2024, 1, 1)


def agree(arrays: ScheduleArrays, case: int, principal: int, rate: int, periods: int, **facts: object) -> None:
    schedule = build(principal, Decimal(rate) / MILLION, periods, start_on=START, **facts)  # type: ignore[arg-type]
    for name, array in arrays._asdict().items():
        assert array[:, case].tolist() == [getattr(row, name) for row in schedule.rows], (principal, rate, periods)


def random_cases(seed: int, count: int, largest: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    source = numpy.random.default_rng(seed)
    principals = source.integers(1, largest, count)
    rates = source.integers(0, 600, count) * int(source.choice([1, 100, 1000]))
    return principals, rates


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("largest", [60, 5_000, 10**7, 10**10, 10**15])
def test_arrays_are_the_rows_of_build(method: str, largest: int) -> None:
    for seed, periods in enumerate((1, 2, 7, 12, 36)):
        principals, rates = random_cases(seed, 60, largest)
        arrays = build_many(principals, rates, periods, method=method)
        for case, (principal, rate) in enumerate(zip(principals.tolist(), rates.tolist(), strict=True)):
            agree(arrays, case, principal, rate, periods, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_ties_are_ties(method: str) -> None:
    """1.5 % a month on even amounts makes halves of interest; no rate at all makes halves of instalments."""
    principals = numpy.arange(100, 2_100, 100)
    for rate in (0, 60_000, 180_000):
        arrays = build_many(principals, numpy.full(20, rate), 8, method=method)
        for case, principal in enumerate(principals.tolist()):
            agree(arrays, case, principal, rate, 8, method=method)


@given(st.integers(1, 10**12), st.integers(0, 10 * MILLION), st.integers(1, 48))
def test_any_case(principal: int, rate: int, periods: int) -> None:
    agree(build_many(numpy.array([principal]), numpy.array([rate]), periods), 0, principal, rate, periods)


def test_other_lengths_of_period_and_more_than_a_block() -> None:
    principals, rates = random_cases(9, 10_000, 10**8)
    arrays = build_many(principals, rates, 10, years=Fraction(14, 365))
    assert (arrays.principal_minor.sum(axis=0) == principals).all()
    assert (arrays.balance_minor[-1] == 0).all()
    assert (arrays.payment_minor == arrays.principal_minor + arrays.interest_minor).all()
    for case in range(0, 10_000, 517):
        facts = {"every": "fortnight", "day_count": "ACT/365"}
        agree(arrays, case, int(principals[case]), int(rates[case]), 10, **facts)


def test_no_cases_are_no_rows() -> None:
    nothing = numpy.array([], dtype=numpy.int64)
    assert build_many(nothing, nothing, 3).principal_minor.shape == (3, 0)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"periods": 0}, "out_of_range", "periods"),
        ({"method": "bullet"}, "unknown_choice", "method"),
        ({"method": 10**5000}, "unknown_choice", "method"),
        ({"principals_minor": numpy.array([0])}, "out_of_range", "principals_minor"),
        ({"principals_minor": numpy.array([1.0])}, "inexact_number", "principals_minor"),
        ({"principals_minor": [100]}, "inexact_number", "principals_minor"),
        ({"principals_minor": numpy.array([[1]])}, "inexact_number", "principals_minor"),
        ({"principals_minor": numpy.array([1, 2])}, "out_of_range", "rates_millionths"),
        ({"rates_millionths": numpy.array([-1])}, "out_of_range", "rates_millionths"),
        ({"rates_millionths": numpy.array([10 * MILLION + 1])}, "out_of_range", "rates_millionths"),
        ({"years": Fraction(0)}, "out_of_range", "years"),
    ],
)
def test_bad_input_is_refused(changed: dict[str, object], code: str, field: str) -> None:
    facts = {"principals_minor": numpy.array([100]), "rates_millionths": numpy.array([1]), "periods": 2}
    with pytest.raises(FinanceError) as refused:
        build_many(**(facts | changed))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("batch", range(18))
def test_cases_of_every_kind(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample of what `python -m tests.finance.arrays_against_build` compares by the million."""
    monkeypatch.setattr(arrays_against_build, "BATCH", 400)
    assert arrays_against_build.first_difference(7, batch) is None

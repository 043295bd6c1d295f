from fractions import Fraction
from math import e, inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import InexactNumber, OutOfRange
from finance.rate_conversions import (
    annual_percentage_yield,
    continuous_from_effective,
    effective_from_continuous,
    effective_from_nominal,
    effective_from_period,
    nominal_from_effective,
    period_from_effective,
)
from finance.returns import irr


def test_textbook_rates() -> None:
    # Microsoft's documentation of EFFECT and NOMINAL: 5.25 % compounded quarterly is 5.35427 %, and back.
    assert effective_from_nominal("0.0525", 4) == pytest.approx(0.0535427, abs=5e-8)
    assert nominal_from_effective("0.053543", 4) == pytest.approx(0.05250032, abs=5e-9)
    # 12 % compounded monthly is 12.682503 %.
    assert effective_from_nominal("0.12", 12) == pytest.approx(0.126825030131970)
    assert effective_from_period("0.01", 12) == pytest.approx(0.126825030131970)
    assert effective_from_period(irr([-100, 101]), 12) == pytest.approx(0.126825030131970)
    assert period_from_effective("0.21", Fraction(1, 2)) == pytest.approx(0.4641)
    assert effective_from_continuous(1) == pytest.approx(e - 1)
    assert continuous_from_effective("0.1") == pytest.approx(0.0953101798043249)
    assert effective_from_nominal(0, 365) == 0
    assert effective_from_nominal("0.07", 1) == pytest.approx(0.07)
    assert effective_from_nominal("-0.5", 2) == pytest.approx(0.75**2 - 1)


@pytest.mark.parametrize(
    ("principal", "interest", "days", "percent"),
    [
        # 12 CFR 1030 (Regulation DD), Appendix A, part I.
        (100_000, 6_168, 365, 6.17),
        (100_000, 3_037, 182, 6.18),
        (100_000, 2_668, 183, 5.39),
        (100_000, 13_313, 730, 6.45),
        (100_000, 5_652, 365, 5.65),
        # Part II, yield earned on an average daily balance.
        (100_000, 525, 30, 6.58),
        (150_000, 650, 30, 5.40),
        (200_000, 2_100, 91, 4.28),
    ],
)
def test_yields_of_regulation_dd(principal: int, interest: int, days: int, percent: float) -> None:
    assert round(100 * annual_percentage_yield(principal, interest, days), 2) == percent


@given(st.floats(-0.99, 50), st.integers(1, 366))
def test_there_and_back(effective: float, periods: int) -> None:
    nominal = nominal_from_effective(effective, periods)
    assert effective_from_nominal(nominal, periods) == pytest.approx(effective, rel=1e-9, abs=1e-12)
    per_period = period_from_effective(effective, periods)
    assert per_period * periods == pytest.approx(nominal, rel=1e-12)
    assert effective_from_period(per_period, periods) == pytest.approx(effective, rel=1e-9, abs=1e-12)
    force = continuous_from_effective(effective)
    assert effective_from_continuous(force) == pytest.approx(effective, rel=1e-12, abs=1e-15)
    # The more often it is compounded, the less is needed; continuously, the least.
    assert force <= nominal + 1e-12
    assert nominal <= effective + 1e-12


def test_rates_that_leave_nothing_are_refused() -> None:
    for convert, rate in [
        (lambda rate: effective_from_nominal(rate, 12), "-12"),
        (lambda rate: nominal_from_effective(rate, 12), "-1"),
        (lambda rate: effective_from_period(rate, 12), "-1.5"),
        (lambda rate: period_from_effective(rate, 12), -1.0),
        (continuous_from_effective, -1),
        (effective_from_continuous, -1_000),
    ]:
        with pytest.raises(OutOfRange):
            convert(rate)  # type: ignore[no-untyped-call]
    assert effective_from_nominal("-11", 12) == pytest.approx(-1, abs=1e-12)


def test_other_nonsense_is_refused() -> None:
    for wrong in (nan, inf, -inf, True, "half", None):
        with pytest.raises(InexactNumber) as refused:
            effective_from_nominal(wrong, 12)  # type: ignore[arg-type]
        assert refused.value.field == "nominal"
    for periods in (0, -1, 1_000_001, "0"):
        with pytest.raises(OutOfRange) as out:
            effective_from_nominal("0.1", periods)
        assert out.value.field == "periods_a_year"
    with pytest.raises(InexactNumber):
        effective_from_nominal("0.1", 12.0)  # type: ignore[arg-type]
    for beyond in (
        lambda: effective_from_period(10, 366),
        lambda: effective_from_continuous(701),
        lambda: effective_from_nominal(10**101, 1),
        lambda: nominal_from_effective("1e90", Fraction(1, 10**6)),
        lambda: annual_percentage_yield(1, 2**62, 1),
    ):
        with pytest.raises(OutOfRange):
            beyond()  # type: ignore[no-untyped-call]


def test_what_earns_no_yield_is_refused() -> None:
    for principal, interest, days, field in [
        (0, 1, 1, "principal_minor"),
        (-1, 1, 1, "principal_minor"),
        (100, -100, 365, "interest_minor"),
        (100, 1, 0, "days"),
        (100, 1, 100_001, "days"),
    ]:
        with pytest.raises(OutOfRange) as refused:
            annual_percentage_yield(principal, interest, days)
        assert refused.value.field == field
    assert annual_percentage_yield(100, -10, 365) == pytest.approx(-0.1)
    with pytest.raises(InexactNumber):
        annual_percentage_yield(100, 1.5, 365)  # type: ignore[arg-type]

from decimal import Decimal
from fractions import Fraction
from itertools import count

import pytest
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from finance.currencies import SCALES, scale_of
from finance.errors import (
    CurrencyMismatch,
    FinanceError,
    InexactNumber,
    OutOfRange,
    UnknownChoice,
    UnknownCurrency,
    WrongShape,
)
from finance.exact import ROUNDINGS, divide, fraction, listed, rounded
from finance.money import Money


@pytest.mark.parametrize(
    ("currency", "scale"), [("JPY", 0), ("CNY", 2), ("USD", 2), ("BHD", 3), ("UYW", 4), ("BTC", 8)]
)
def test_scale_of_a_currency(currency: str, scale: int) -> None:
    assert scale_of(currency) == scale


def test_every_listed_code_is_a_known_currency() -> None:
    # Babel's list is Unicode's; codes younger than its data are the only ones it may miss.
    assert set(SCALES) - list_currencies() <= {"BTC", "XAD", "XCG", "ZWG", "VED", "UYW", "SLE"}


@pytest.mark.parametrize("currency", ["XXX", "XAU", "cny", "", "RMB", None, 7])
def test_unknown_currency_is_refused(currency: object) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        Money(1, currency)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == ("unknown_currency", "currency")


@pytest.mark.parametrize("amount", [1.0, True, "1", Decimal(1), None, float("nan")])
def test_amount_is_an_int_and_nothing_like_it(amount: object) -> None:
    with pytest.raises(InexactNumber) as refused:
        Money(amount, "CNY")  # type: ignore[arg-type]
    assert refused.value.field == "amount"


def test_amount_beyond_a_bigint_is_refused() -> None:
    assert Money(2**63 - 1, "CNY").amount == 2**63 - 1
    with pytest.raises(OutOfRange):
        Money(2**63, "CNY")
    with pytest.raises(OutOfRange):
        Money(2**63 - 1, "CNY") + Money(1, "CNY")


def test_major_units_go_both_ways_exactly() -> None:
    assert Money.of("12.34", "CNY") == Money(1234, "CNY")
    assert Money.of("-0.5", "CNY") == Money(-50, "CNY")
    assert Money.of(500, "JPY") == Money(500, "JPY")
    assert str(Money(1230, "CNY")) == "12.30 CNY"
    assert Money(-5, "BHD").major == Decimal("-0.005")
    assert str(Money(7, "JPY")) == "7 JPY"


@pytest.mark.parametrize("text", ["12.345", "1e-3", "abc", "", " 1", "1_000", "١", "NaN", "Infinity", 0.1, True])
def test_major_units_that_are_not_exact_are_refused(text: object) -> None:
    with pytest.raises(InexactNumber):
        Money.of(text, "CNY")  # type: ignore[arg-type]


@given(st.integers(-(2**62), 2**62), st.sampled_from(sorted(SCALES)))
def test_major_and_back(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Money.of(money.major, currency) == money


def test_two_currencies_never_meet() -> None:
    yuan, dollar = Money(1, "CNY"), Money(1, "USD")
    for meeting in (lambda: yuan + dollar, lambda: yuan - dollar, lambda: yuan < dollar, lambda: yuan >= dollar):
        with pytest.raises(CurrencyMismatch):
            meeting()
    with pytest.raises(InexactNumber):
        yuan + 1  # type: ignore[operator]
    assert yuan != dollar


def test_arithmetic_and_order() -> None:
    assert Money(5, "CNY") - Money(7, "CNY") == Money(-2, "CNY") == -Money(2, "CNY")
    assert abs(Money(-2, "CNY")) == Money(2, "CNY")
    assert Money(1, "CNY") < Money(2, "CNY") <= Money(2, "CNY")
    assert Money(3, "CNY") > Money(2, "CNY") >= Money(2, "CNY")
    assert not Money.zero("CNY")
    assert Money(10, "CNY").split([1, 1, 1]) == [Money(4, "CNY"), Money(3, "CNY"), Money(3, "CNY")]


def test_multiplying_names_its_rounding() -> None:
    assert Money(101, "CNY").times("0.5", rounding="half_up") == Money(51, "CNY")
    assert Money(101, "CNY").times("0.5", rounding="half_even") == Money(50, "CNY")
    with pytest.raises(InexactNumber):
        Money(101, "CNY").times(0.5, rounding="half_up")  # type: ignore[arg-type]
    with pytest.raises(UnknownChoice) as refused:
        Money(101, "CNY").times(2, rounding="bankers")  # type: ignore[arg-type]
    assert refused.value.field == "rounding"


def test_conversion_respects_both_scales() -> None:
    assert Money.of("10.00", "USD").convert("CNY", "7.1234", rounding="half_up") == Money.of("71.23", "CNY")
    assert Money.of("10.00", "USD").convert("JPY", "149.55", rounding="down") == Money(1495, "JPY")
    assert Money(1495, "JPY").convert("BHD", "0.0025", rounding="half_even") == Money(3738, "BHD")
    with pytest.raises(OutOfRange):
        Money(1, "USD").convert("CNY", "0", rounding="half_up")


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6), st.sampled_from(sorted(ROUNDINGS)))
def test_roundings_mean_what_decimal_means(numerator: int, denominator: int, rounding: str) -> None:
    exact = Decimal(numerator) / Decimal(2)
    assert divide(numerator, 2, rounding) == int(exact.to_integral_value(f"ROUND_{rounding.upper()}"))  # type: ignore[arg-type]
    assert abs(divide(numerator, denominator, rounding) * denominator - numerator) < denominator  # type: ignore[arg-type]


def test_rounded_refuses_what_is_not_finite_or_absurdly_long() -> None:
    with pytest.raises(InexactNumber):
        rounded(Decimal("sNaN"), "half_up")
    with pytest.raises(OutOfRange):
        rounded("1e200", "half_up")


def test_lists_have_an_end() -> None:
    assert listed(iter([1, 2]), "parts", most=2) == [1, 2]
    for endless in (count(), [1, 2, 3]):
        with pytest.raises(OutOfRange) as refused:
            listed(endless, "parts", most=2)
        assert refused.value.field == "parts"
    for shape in ("12", b"12", 12, None):
        with pytest.raises(WrongShape):
            listed(shape, "parts", most=2)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [2**4_097, -(2**4_097), Fraction(2**4_097, 3), Fraction(1, 2**4_097)])
def test_numbers_too_long_to_work_with_are_refused(number: Fraction) -> None:
    with pytest.raises(OutOfRange):
        fraction(number, "rate")


def test_every_refusal_is_a_value_error_with_code_and_field() -> None:
    kinds = FinanceError.__subclasses__()
    assert kinds
    assert all(issubclass(kind, ValueError) and kind.code != FinanceError.code for kind in kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)

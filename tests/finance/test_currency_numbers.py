"""Numeric codes of currencies, with QuantLib as a second opinion."""

import pytest
import QuantLib as ql  # noqa: N813

from finance.currencies import NUMBERS, SCALES, currency_numbered, number_of
from finance.errors import UnknownCurrency


def test_every_currency_of_the_list_has_a_number_of_its_own() -> None:
    assert set(NUMBERS) == set(SCALES) - {"BTC"}
    assert len(set(NUMBERS.values())) == len(NUMBERS)
    assert all(len(number) == 3 and number.isdecimal() for number in NUMBERS.values())
    assert all(currency_numbered(number_of(code)) == code for code in NUMBERS)


def test_quantlib_knows_the_same_numbers() -> None:
    known = [
        kind()
        for name, kind in vars(ql).items()
        if name.endswith("Currency") and name not in ("Currency", "BespokeCurrency")
    ]
    compared = {one.code(): f"{one.numericCode():03d}" for one in known if one.code() in NUMBERS}
    assert {code: NUMBERS[code] for code in compared} == compared
    assert len(compared) > 60


@pytest.mark.parametrize("currency", ["BTC", "XXX", "", "cny"])
def test_an_unknown_currency_has_no_number(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        number_of(currency)


@pytest.mark.parametrize("number", ["000", "1", "156 ", "๑๕๖"])
def test_an_unknown_number_has_no_currency(number: str) -> None:
    with pytest.raises(UnknownCurrency):
        currency_numbered(number)

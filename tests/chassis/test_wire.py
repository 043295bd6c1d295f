"""What is read from the wire is what was written there: nothing coerced, nothing beyond reach, nothing unknown."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chassis.wire import (
    LARGEST_AMOUNT,
    Amount,
    AmountOrZero,
    Answer,
    Currency,
    Day,
    Instant,
    Rate,
    Request,
    SignedAmount,
    minutes_of_day,
    time_of_day,
)


class Order(Request):
    amount: Amount
    currency: Currency = "CNY"


def _refused(kind: Any, given: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_json(given, strict=True)


@pytest.mark.parametrize(
    "text", ["100.0", '"100"', "1e3", "true", "null", "0", "-1", "9007199254740992", "NaN", "[]", "{}"]
)
def test_an_amount_is_an_integer_of_minor_units(text: str) -> None:
    _refused(Amount, text)
    with pytest.raises(ValidationError) as refused:
        Order.model_validate_json(f'{{"amount": {text}}}')
    if text != "NaN":
        assert refused.value.errors()[0]["loc"] == ("amount",)


@given(st.integers(-(2**60), 2**60))
def test_amounts_end_where_a_double_does(number: int) -> None:
    ranges = [
        (Amount, 1, LARGEST_AMOUNT),
        (AmountOrZero, 0, LARGEST_AMOUNT),
        (SignedAmount, -LARGEST_AMOUNT, LARGEST_AMOUNT),
    ]
    for kind, least, most in ranges:
        if least <= number <= most:
            assert TypeAdapter(kind).validate_json(str(number)) == number
        else:
            _refused(kind, str(number))


@pytest.mark.parametrize(("told", "minutes"), [("00:00", 0), ("09:05", 545), ("23:59", 1439), ("24:00", 1440)])
def test_a_time_of_day_is_told_as_it_was_asked_for(told: str, minutes: int) -> None:
    assert (minutes_of_day(told), time_of_day(minutes)) == (minutes, told)


def test_unknown_fields_are_refused_on_the_way_in_and_ignored_on_the_way_out() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Order.model_validate({"amount": 1, "colour": "red"})

    class Seen(Answer):
        amount: int

    assert Seen.model_validate({"amount": 1, "colour": "red"}) == Seen(amount=1)


@pytest.mark.parametrize("text", ['"cny"', '"CN"', '"CNYCNY"', '"CNY "', '"CNY\\n"', "156", '"元元元"'])
def test_a_currency_is_its_code(text: str) -> None:
    _refused(Currency, text)


@pytest.mark.parametrize(
    "text",
    [
        "0.12", "12", '"1e-2"', '"1E999999"', '".5"', '"5."', '"1_0"', '"+1"', '" 1"', '"1\\n"', '"NaN"', '"sNaN"', '"Infinity"',
        '"٣"', '""', '"0x1"', '"' + "1" * 41 + '"',
    ],
)  # fmt: skip
def test_a_rate_is_a_plain_decimal_in_a_string(text: str) -> None:
    _refused(Rate, text)


@given(st.decimals(-1000, 1000, places=8))
def test_a_rate_is_written_as_it_was_read(rate: Decimal) -> None:
    adapter: TypeAdapter[Decimal] = TypeAdapter(Rate)
    text = format(rate, "f")
    assert adapter.validate_json(f'"{text}"') == rate
    assert adapter.dump_json(rate) == f'"{text}"'.encode()


def test_an_instant_has_its_offset_and_is_within_reach() -> None:
    adapter: TypeAdapter[datetime] = TypeAdapter(Instant)
    read = adapter.validate_json('"2026-12-31T23:59:59+08:00"')
    assert read == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert adapter.validate_json('"2026-12-31T15:59:59Z"') == read
    for text in (
        '"2026-12-31T23:59:59"', '"2026-12-31"', "1798732799", '"0001-01-01T00:00:00+08:00"', '"9999-12-31T23:59:59Z"',
        '"2026-02-30T00:00:00Z"', '"2026-12-31T24:30:00Z"', '"now"',
    ):  # fmt: skip
        _refused(Instant, text)


def test_a_day_is_written_in_full_and_within_reach() -> None:
    assert TypeAdapter(Day).validate_json('"2028-02-29"') == date(2028, 2, 29)
    for text in (
        '"2027-02-29"',
        '"20270228"',
        '"2027-W08-1"',
        '"2027-2-8"',
        '"0001-01-01"',
        '"9999-12-31"',
        "0",
        '"２０27-02-28"',
    ):
        _refused(Day, text)

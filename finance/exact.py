"""Reading exact numbers, and dividing them with a named rounding.

Money never passes through a float: what enters is an int, a Decimal, a Fraction or the text of a decimal
number, and each division says which way it rounds.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import islice
from types import UnionType
from typing import Literal, TypeVar, cast, get_args

from finance.errors import InexactNumber, OutOfRange, UnknownChoice, WrongShape

Item = TypeVar("Item")

Rounding = Literal["half_up", "half_even", "half_down", "down", "up", "floor", "ceiling"]
"""`half_*` go to the nearest, ties away from zero, to even, towards zero; `down` and `up` are towards and
away from zero; `floor` and `ceiling` towards minus and plus infinity. The same meanings as in `decimal`."""

Exact = int | Decimal | Fraction | str
"""A number without error: never a float, never a bool."""

ROUNDINGS = frozenset(get_args(Rounding))
LARGEST_AMOUNT = 2**63 - 1
"""What a bigint column holds; amounts beyond it are refused rather than silently kept in memory only."""
_LARGEST_BITS = 4_096
"""Of a whole number, a numerator or a denominator: more than any weight or rate has, few enough to be quick."""


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """`numerator ÷ denominator` as an integer by the named rounding. The denominator is positive."""
    quotient, remainder = divmod(numerator, denominator)
    if remainder == 0:
        return quotient
    if rounding == "floor":
        return quotient
    if rounding == "ceiling":
        return quotient + 1
    if rounding == "down":
        return quotient + (numerator < 0)
    if rounding == "up":
        return quotient + (numerator > 0)
    twice = 2 * remainder
    if twice != denominator:
        return quotient + (twice > denominator)
    if rounding == "half_up":
        return quotient + (numerator > 0)
    if rounding == "half_down":
        return quotient + (numerator < 0)
    if rounding == "half_even":
        return quotient + (quotient & 1)
    raise unknown_rounding(rounding)


def rounded(value: Exact, rounding: Rounding, *, field: str = "value") -> int:
    """The whole number next to an exact one, by the named rounding."""
    exact = value if isinstance(value, Fraction) else fraction(value, field)
    return divide(exact.numerator, exact.denominator, known_rounding(rounding))


def known_rounding(name: str) -> Rounding:
    """The name itself, or `UnknownChoice`: a misspelt rounding must not wait for its first tie."""
    if not isinstance(name, str) or name not in ROUNDINGS:
        raise unknown_rounding(name)
    return cast(Rounding, name)


def unknown_rounding(name: str) -> UnknownChoice:
    return UnknownChoice(f"unknown rounding {shown(name)}; known: {', '.join(sorted(ROUNDINGS))}", field="rounding")


def fraction(value: Exact, field: str) -> Fraction:
    """An exact number as a Fraction. Floats, bools, NaN, infinities and other text raise `InexactNumber`."""
    if isinstance(value, Fraction):
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > _LARGEST_BITS:
            raise _too_long(field)
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _no_number(value, field)
    if isinstance(value, int):
        if value.bit_length() > _LARGEST_BITS:
            raise _too_long(field)
        return Fraction(value)
    return Fraction(decimal(value, field))


def decimal(value: int | Decimal | str, field: str) -> Decimal:
    """A finite Decimal from an int, a Decimal or the text of one."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _no_number(value, field)
    if isinstance(value, str) and (not value.isascii() or "_" in value or value != value.strip()):
        raise InexactNumber(f"{field} is not the text of a decimal number: {shown(value)}", field=field)
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        raise _too_long(field)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise InexactNumber(f"{field} is not the text of a decimal number: {shown(value)}", field=field) from None
    if not number.is_finite():
        raise InexactNumber(f"{field} must be finite, not {number}", field=field)
    exponent = cast(int, number.as_tuple().exponent)
    if not -100 <= exponent <= 100 or number.adjusted() > 100:
        raise _too_long(field)
    return number


def integer(value: int, field: str, *, least: int | None = None, most: int | None = None) -> int:
    """An int within its bounds; bools and floats are refused even when they are whole."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InexactNumber(f"{field} must be an int, not {shown(value)}", field=field)
    if least is not None and value < least:
        raise OutOfRange(f"{field} must be at least {shown(least)}, not {shown(value)}", field=field, least=least)
    if most is not None and value > most:
        raise OutOfRange(f"{field} must be at most {shown(most)}, not {shown(value)}", field=field, most=most)
    return value


def plain_day(value: date, field: str) -> date:
    """A date that is no datetime: an instant has a business day only in some zone, which is not decided here."""
    if type(value) is not date:
        raise InexactNumber(f"{field} must be a date without a time, not {shown(value)}", field=field)
    return value


def minor_amount(value: int, field: str, *, least: int = -LARGEST_AMOUNT) -> int:
    """An amount in minor units: an int that a bigint column can hold."""
    return integer(value, field, least=least, most=LARGEST_AMOUNT)


def listed(values: Iterable[Item], field: str, *, most: int) -> list[Item]:
    """The entries of a list, at most so many of them: `OutOfRange` beyond, `WrongShape` for what is no list."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise _no_list(values, field)
    try:
        entries = list(islice(values, most + 1))
    except TypeError:
        # An array of numpy without a dimension says that it is iterable, and is not.
        raise _no_list(values, field) from None
    if len(entries) > most:
        raise OutOfRange(f"at most {most} {field}", field=field, most=most)
    return entries


def pairs(values: Iterable[tuple[date, Item]], field: str, *, most: int) -> list[tuple[date, Item]]:
    """A list of (day, something), each day a plain date."""
    entries = listed(values, field, most=most)
    for entry in entries:
        if not isinstance(entry, tuple | list) or len(entry) != 2:
            raise WrongShape(f"{field} must be pairs of a day and its value, not {shown(entry)}", field=field)
        plain_day(entry[0], field)
    return entries


def of_kind(value: Item, kind: type | UnionType, field: str) -> Item:
    """The value itself if it is of that kind, else `WrongShape`."""
    if not isinstance(value, kind):
        name = getattr(kind, "__name__", str(kind))
        raise WrongShape(f"{field} must be of kind {name}, not {shown(value)}", field=field)
    return value


def shown(value: object) -> str:
    """What a refusal shows of a value it could not take: never long, and never another error."""
    try:
        text = repr(value)
    except ValueError:
        # Python refuses to write whole numbers of thousands of digits.
        return f"a {type(value).__name__} of too many digits to show"
    return text if len(text) <= 100 else text[:99] + "…"


def _no_list(values: object, field: str) -> WrongShape:
    return WrongShape(f"{field} must be a list, not {shown(values)}", field=field)


def _no_number(value: object, field: str) -> InexactNumber:
    return InexactNumber(f"{field} must be an int, a Decimal or a decimal string, not {shown(value)}", field=field)


def _too_long(field: str) -> OutOfRange:
    return OutOfRange(f"{field} has more digits than any sum of money needs", field=field)

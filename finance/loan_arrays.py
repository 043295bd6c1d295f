"""Reading arrays of loans, and adding their amounts by group exactly.

Amounts are int64 minor units, days `datetime64[D]`, one entry a loan. Sums are Python ints: a portfolio may be worth more
than a bigint holds, and no cent of it is lost.
"""

from datetime import date
from typing import Any

import numpy
from numpy.typing import NDArray

from finance.errors import InexactNumber, OutOfRange
from finance.exact import plain_day

Integers = NDArray[numpy.int64]
Days = NDArray[numpy.datetime64]

LARGEST_PORTFOLIO = 10_000_000
_LIMB_BITS = 21
"""Three limbs of 21 bits hold a positive int64, and ten million of one add up below 2^53, where float64 is exact."""


def whole_numbers(values: Integers, field: str, *, least: int = 0, most: int = 2**63 - 1) -> Integers:
    """A flat array of int64 within its bounds, of at most 10,000,000 entries."""
    _flat(values, field)
    if values.dtype != numpy.int64:
        raise InexactNumber(f"{field} must be an array of int64, not {values.dtype}", field=field)
    if len(values) and not (values.min() >= least and values.max() <= most):
        raise OutOfRange(f"{field} must be between {least} and {most}", field=field)
    return values


def calendar_days(values: Days, field: str, *, absent: bool = False) -> Days:
    """A flat array of datetime64[D] in the years 1 to 9999; `absent` allows NaT for loans without such a day."""
    _flat(values, field)
    if values.dtype != numpy.dtype("datetime64[D]"):
        raise InexactNumber(f"{field} must be an array of datetime64[D], not {values.dtype}", field=field)
    missing = numpy.isnat(values)
    if missing.any() and not absent:
        raise InexactNumber(f"{field} lacks a day", field=field)
    known = values[~missing]
    if len(known) and not (known.min() >= array_day(date.min, field) and known.max() <= array_day(date.max, field)):
        raise OutOfRange(f"{field} must lie in the years 1 to 9999", field=field)
    return values


def array_day(day: date, field: str) -> numpy.datetime64:
    return numpy.datetime64(plain_day(day, field), "D")


def require_alike(first: NDArray[Any], second: NDArray[Any], field: str) -> None:
    if len(first) != len(second):
        raise OutOfRange(f"{field} must have {len(first)} entries, not {len(second)}", field=field)


def counts_by(groups: Integers, size: int) -> list[int]:
    """How many entries have each number from 0 up to, without, `size`."""
    return [int(count) for count in numpy.bincount(groups, minlength=size)]


def sums_by(groups: Integers, amounts: Integers, size: int) -> list[int]:
    """Exact sums of amounts, none negative, by the number of their group."""
    sums = [0] * size
    for limb in range(3):
        part = (amounts >> (limb * _LIMB_BITS)) & ((1 << _LIMB_BITS) - 1)
        totals = numpy.bincount(groups, weights=part, minlength=size)
        sums = [sum_ + (int(total) << (limb * _LIMB_BITS)) for sum_, total in zip(sums, totals, strict=True)]
    return sums


def _flat(values: NDArray[Any], field: str) -> None:
    if not isinstance(values, numpy.ndarray) or values.ndim != 1:
        raise InexactNumber(f"{field} must be a flat numpy array", field=field)
    if len(values) > LARGEST_PORTFOLIO:
        raise OutOfRange(f"{field} has more than {LARGEST_PORTFOLIO} entries", field=field)

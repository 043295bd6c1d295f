"""The order of a bank's rows within a day, found again from the balance that stands beside each.

A file that tells only the day leaves the order within it open. Rows that were balanced one after another have an order in which each
balance is the one before it and the row's amount; where rounding spoilt that, the order with the smallest differences is taken.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

LONGEST_SEARCHED_DAY = 9
"""Rows of one account and day up to which every order is looked at; more are taken greedily, the nearest balance next."""


class Entry(NamedTuple):
    """A row of an account. amount_minor: what it adds, negative for what it takes; balance_minor: stated after it."""

    line: int
    id: str
    account: str
    on: date
    purpose: str
    amount_minor: int
    balance_minor: int


class Placed(NamedTuple):
    """A row in its place. difference_minor: the stated balance less the one before it and the amount."""

    entry: Entry
    difference_minor: int


def in_order(entries: Iterable[Entry]) -> list[Placed]:
    """One account's rows, day by day, from a balance of 0."""
    placed: list[Placed] = []
    for _, day in groupby(sorted(entries, key=lambda one: (one.on, one.line)), key=lambda one: one.on):
        balance = placed[-1].entry.balance_minor if placed else 0
        placed += _day(balance, list(day))
    return placed


def _day(balance_minor: int, entries: Sequence[Entry]) -> list[Placed]:
    if len(entries) <= LONGEST_SEARCHED_DAY:
        return _best(balance_minor, entries, None)[1]
    placed, left = [], list(entries)
    while left:
        following = min(left, key=lambda one: abs(_difference(balance_minor, one)))
        left.remove(following)
        placed.append(Placed(following, _difference(balance_minor, following)))
        balance_minor = following.balance_minor
    return placed


def _best(balance_minor: int, left: Sequence[Entry], bound: int | None) -> tuple[int, list[Placed]]:
    """The least sum of absolute differences, and an order that has it; the first in the file's order among equals.

    bound: a sum that is too much already.
    """
    if not left:
        return 0, []
    best: tuple[int, list[Placed]] | None = None
    for at, entry in enumerate(left):
        difference = _difference(balance_minor, entry)
        least = bound if best is None else best[0]
        if least is not None and abs(difference) >= least:
            continue
        rest, placed = _best(
            entry.balance_minor,
            [*left[:at], *left[at + 1 :]],
            None if least is None else least - abs(difference),
        )
        if best is None or abs(difference) + rest < best[0]:
            best = abs(difference) + rest, [Placed(entry, difference), *placed]
        if best[0] == 0:
            break
    return (1 << 62, []) if best is None else best


def _difference(balance_minor: int, entry: Entry) -> int:
    return entry.balance_minor - balance_minor - entry.amount_minor

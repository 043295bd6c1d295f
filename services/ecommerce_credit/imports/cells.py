"""One cell of a marketplace's file → one value. Each reader raises BadCell for a cell that means nothing.

Times stand in the files without a zone: they are local times of the marketplace, and become instants by its zone. A local time that
the clock showed twice is its first pass; one that it skipped is read by the offset before the jump (PEP 495, fold 0).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from finance.errors import FinanceError
from finance.money import Money

LARGEST_MINOR = 2**53 - 1
FIRST_YEAR, LAST_YEAR = 1990, 2199
_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WHOLE = re.compile(r"\d{1,9}")
_AMOUNT = re.compile(r"\d{1,16}(\.\d{1,8})?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Place:
    """What the cells of a file are read by: the marketplace's currency and zone."""

    currency: str
    zone: ZoneInfo


class BadCell(Exception):
    """A cell that means nothing here. field: the column's name in the file."""

    def __init__(self, field: str | None, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.code = code
        self.detail = detail


Reader = Callable[[str, str, Place], Any]
"""Name of the column, text of the cell, place → value."""


def key(field: str, text: str, place: Place) -> str:
    """An id of the source, whole. What a spreadsheet made of one (`1.2E+31`) is refused."""
    if _KEY.fullmatch(text) is None:
        raise BadCell(field, "not_an_id", f"{field} is no id: {shown(text)}")
    return text


def word(field: str, text: str, place: Place) -> str:
    """A name of a kind, such as `credit_card`."""
    if _WORD.fullmatch(text) is None:
        raise BadCell(field, "not_a_name", f"{field} is no name of a kind: {shown(text)}")
    return text


def words(field: str, text: str, place: Place) -> str:
    """Short text that people read."""
    if len(text) > 80 or not text.isprintable():
        raise BadCell(field, "not_a_short_text", f"{field} is no short text: {shown(text)}")
    return text


def one_of(*known: str) -> Reader:
    def read(field: str, text: str, place: Place) -> str:
        if text not in known:
            raise BadCell(field, "unknown_value", f"{field} is not known here: {shown(text)}")
        return text

    return read


def whole(least: int, most: int) -> Reader:
    def read(field: str, text: str, place: Place) -> int:
        if _WHOLE.fullmatch(text) is None:
            raise BadCell(field, "not_a_whole_number", f"{field} is no whole number: {shown(text)}")
        if not least <= int(text) <= most:
            raise BadCell(field, "out_of_range", f"{field} is out of range: {text}")
        return int(text)

    return read


def amount(field: str, text: str, place: Place) -> int:
    """Minor units of an amount such as 58.90. More decimal places than the currency has are refused, not rounded."""
    if _AMOUNT.fullmatch(text) is None:
        raise BadCell(field, "not_an_amount", f"{field} is no amount: {shown(text)}")
    try:
        minor = Money.of(text, place.currency).amount
    except FinanceError as fault:
        raise BadCell(field, "not_an_amount", fault.detail) from None
    if minor > LARGEST_MINOR:
        raise BadCell(field, "out_of_range", f"{field} is out of range: {text}")
    return minor


def instant(field: str, text: str, place: Place) -> datetime:
    # In UTC: two times of different zones never compare equal within an hour that the clock shows twice.
    return _local(field, text).replace(tzinfo=place.zone).astimezone(UTC)


def day(field: str, text: str, place: Place) -> date:
    """The day of a time, in the marketplace's own calendar."""
    return _local(field, text).date()


def shown(text: str) -> str:
    """The beginning of a cell as a refusal may repeat it: what cannot be printed, and perhaps not stored, is a question mark."""
    return "".join(character if character.isprintable() else "?" for character in text[:40])


def _local(field: str, text: str) -> datetime:
    if _TIME.fullmatch(text) is None:
        raise BadCell(field, "not_a_time", f"{field} is no time such as 2018-08-15 04:10:37: {shown(text)}")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadCell(field, "not_a_time", f"{field} is no time of the calendar: {text}") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadCell(field, "out_of_range", f"{field} is out of range: {text}")
    return found

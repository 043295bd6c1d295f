"""Cells of a file's row as what they mean. A cell that means nothing is refused by its column."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from services.p2p.errors import WrongHeader

LARGEST = Decimal(10) ** 12
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Row = Mapping[str, str]


class BadCell(Exception):
    """A cell that means nothing here."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.code = code
        self.detail = detail


def check_header(header: Sequence[str], needed: Sequence[str]) -> None:
    """Raises WrongHeader: a column twice, or one missing that is needed."""
    missing = [name for name in needed if name not in header]
    if missing or len(set(header)) != len(header):
        raise WrongHeader("the header is not that of loans_full_schema.csv", field="header", missing=missing)


def named(header: Sequence[str], cells: Sequence[str | None]) -> Row:
    """Raises BadCell."""
    if len(cells) != len(header):
        raise BadCell("", "wrong_number_of_fields", f"{len(header)} fields are expected, found {len(cells)}")
    return {name: (cell or "").strip() for name, cell in zip(header, cells, strict=True)}


def hash_of(cells: Sequence[str | None]) -> bytes:
    return hashlib.sha256("\x1f".join(cell or "" for cell in cells).encode()).digest()


def number(row: Row, field: str, *, least: Decimal) -> Decimal:
    text = row[field]
    if not text:
        raise BadCell(field, "missing_value", f"{field} is empty")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise BadCell(field, "not_a_number", f"{field} is no number: {text[:40]}") from None
    if not found.is_finite() or not least <= found <= LARGEST:
        raise BadCell(field, "out_of_range", f"{field} is out of range: {text[:40]}")
    return found


def whole(row: Row, field: str, *, least: int = 0, most: int = 2_000_000_000, unknown: int | None = None) -> int:
    if unknown is not None and not row[field]:
        return unknown
    found = number(row, field, least=Decimal(least))
    if found != int(found):
        raise BadCell(field, "not_a_whole_number", f"{field} is no whole number: {row[field][:40]}")
    if found > most:
        raise BadCell(field, "out_of_range", f"{field} is out of range: {row[field][:40]}")
    return int(found)


def minor(row: Row, field: str, *, least: int = 0) -> int:
    """Cents of an amount in dollars. Raises BadCell if it has more decimal places than the currency."""
    cents = number(row, field, least=Decimal(0)) * 100
    if cents != int(cents):
        raise BadCell(field, "not_an_amount", f"{field} has fractions of a cent: {row[field][:40]}")
    if cents < least:
        raise BadCell(field, "out_of_range", f"{field} must be positive")
    return int(cents)


def choice(row: Row, field: str, known: Mapping[str, str]) -> str:
    try:
        return known[row[field]]
    except KeyError:
        raise BadCell(field, "unknown_value", f"{field} is not known here: {row[field][:40]}") from None


def month(row: Row, field: str) -> date:
    """The first day of it."""
    name, _, year = row[field].partition("-")
    if name not in _MONTHS or not (len(year) == 4 and year.isdecimal() and year.isascii() and int(year) >= 1900):
        raise BadCell(field, "not_a_month", f"{field} is no month such as Mar-2018: {row[field][:40]}")
    return date(int(year), _MONTHS.index(name) + 1, 1)

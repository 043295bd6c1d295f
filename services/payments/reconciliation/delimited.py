"""Tables of text, by mapping: bills of Chinese institutions too (GB18030, columns padded, the heading not on line 1)."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from services.payments.reconciliation.errors import (
    FileTooLong,
    FileTruncated,
    MalformedLine,
    NotOfThisForm,
    WrongEncoding,
)
from services.payments.reconciliation.model import Columns, Mapping, ReadLine, ReadStatement, StatementKind
from services.payments.reconciliation.rules import LONGEST_DESCRIPTION, LONGEST_REFERENCE, MOST_LINES, minor_units

HEADING_WITHIN = 50
"""Lines."""
LONGEST_LINE = 10_000
# The Chinese bills put it before numbers, so that no spreadsheet rounds them.
_PADDING = " \t`'\u3000\ufeff"


def read(content: bytes, mapping: Mapping, currency: str, business_on: date | None = None) -> ReadStatement:
    """currency: where the table does not tell it; business_on: the day it is of, else the days of its lines. Raises UnreadableFile's."""
    lines = _decoded(content, mapping).splitlines()
    heading_at, columns = _heading(lines, mapping)
    read_lines = list(_lines(lines, heading_at, columns, mapping, currency))
    days = [business_on] if business_on else [line.value_on for line in read_lines]
    if not days:
        raise NotOfThisForm("a table without lines does not say of which day it is", field="on")
    return ReadStatement(
        kind=StatementKind.STATEMENT,
        number=f"{min(days):%Y%m%d}-{max(days):%Y%m%d}",
        account_number=_account(lines, mapping),
        currency=currency,
        from_on=min(days),
        until_on=max(days),
        opening=_balance(lines, mapping.opening, currency),
        closing=_balance(lines, mapping.closing, currency),
        lines=tuple(read_lines),
    )


def _decoded(content: bytes, mapping: Mapping) -> str:
    try:
        text = content.decode(mapping.encoding)
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise WrongEncoding(f"no {mapping.encoding.upper()}", line=line) from None
    if "\0" in text:
        raise WrongEncoding("a sign that no text has")
    if text and not text.endswith(("\n", "\r")):
        raise FileTruncated("the last line does not end", line=text.count("\n") + 1)
    return text.removeprefix("\ufeff")


def _heading(lines: Sequence[str], mapping: Mapping) -> tuple[int, dict[str, int]]:
    """Where the heading stands, and the place of each column."""
    wanted = set(headings(mapping.columns))
    for place, line in enumerate(lines[:HEADING_WITHIN]):
        if mapping.remark and line.startswith(mapping.remark):
            continue
        cells = [cell.strip(_PADDING) for cell in _cells(line, mapping, place + 1)]
        if wanted <= set(cells):
            return place, {name: cells.index(name) for name in wanted}
    raise NotOfThisForm(f"no heading with {'、'.join(sorted(wanted))} within {HEADING_WITHIN} lines")


def headings(columns: Columns) -> list[str]:
    """Headings that must be there."""
    told = (
        columns.value_on, columns.amount, columns.incoming, columns.outgoing, columns.direction,
        columns.servicer_reference, columns.reference, columns.description, columns.currency,
    )  # fmt: skip
    return [name for name in told if name is not None]


def _lines(
    lines: Sequence[str], heading_at: int, places: dict[str, int], mapping: Mapping, currency: str
) -> Iterator[ReadLine]:
    """Until the first line that is blank or a remark after the table."""
    for count, line in enumerate(lines[heading_at + 1 :], 1):
        place = heading_at + 1 + count
        if not line.strip(_PADDING) or (mapping.remark and line.startswith(mapping.remark)):
            break
        cells = [cell.strip(_PADDING) for cell in _cells(line, mapping, place)]
        if len(cells) < max(places.values()) + 1:
            raise MalformedLine(f"{len(cells)} columns instead of {max(places.values()) + 1}", line=place)
        if count > MOST_LINES:
            raise FileTooLong(f"at most {MOST_LINES} lines", line=place)
        told = {name: cells[at] for name, at in places.items()}
        try:
            found = _line(told, place, mapping, currency)
        except ValueError as fault:
            raise MalformedLine(str(fault)[:200], line=place) from None
        if found is not None:
            yield found


def _line(told: dict[str, str], place: int, mapping: Mapping, currency: str) -> ReadLine | None:
    """None for a line that moved nothing. Raises ValueError."""
    columns = mapping.columns
    if columns.currency and told[columns.currency] != currency:
        raise ValueError(f"the currency is {told[columns.currency][:10]!r} instead of {currency}")
    amount = _amount(told, columns, currency)
    if not amount:
        return None
    value_on = _day(told[columns.value_on], mapping.day_format)

    def text(name: str | None, longest: int) -> str:
        return told[name][:longest] if name else ""

    return ReadLine(
        place=place,
        amount=amount,
        value_on=value_on,
        booked_on=value_on,
        servicer_reference=text(columns.servicer_reference, LONGEST_REFERENCE),
        reference=text(columns.reference, LONGEST_REFERENCE),
        description=text(columns.description, LONGEST_DESCRIPTION),
    )


def _amount(told: dict[str, str], columns: Columns, currency: str) -> int:
    def units(name: str | None) -> int:
        return minor_units(told[name], currency) if name and told[name] else 0

    if columns.amount is None:
        return abs(units(columns.incoming)) - abs(units(columns.outgoing))
    amount = units(columns.amount)
    if columns.direction is None:
        return amount
    word = told[columns.direction]
    if word == columns.incoming_word:
        return abs(amount)
    return -abs(amount) if word == columns.outgoing_word else 0


def _day(text: str, day_format: str) -> date:
    """What follows the day (a time) is left out."""
    width = len(datetime(2000, 12, 28).strftime(day_format))  # noqa: DTZ001
    day = datetime.strptime(text[:width], day_format).date()  # noqa: DTZ007
    if not date(1800, 1, 1) <= day <= date(2999, 12, 31) - timedelta(days=1):
        raise ValueError(f"{text[:30]!r} is no day")
    return day


def _cells(line: str, mapping: Mapping, place: int) -> list[str]:
    if len(line) > LONGEST_LINE:
        raise MalformedLine(f"longer than {LONGEST_LINE} signs", line=place)
    try:
        return next(csv.reader([line], delimiter=mapping.delimiter, strict=True), [])
    except csv.Error as fault:
        raise MalformedLine(str(fault), line=place) from None


def _balance(lines: Sequence[str], sign: str | None, currency: str) -> int | None:
    for place, line in enumerate(lines, 1):
        if sign and line.startswith(sign):
            try:
                return minor_units(line.removeprefix(sign).strip(_PADDING).removesuffix("元"), currency)
            except ValueError as fault:
                raise MalformedLine(str(fault), line=place) from None
    return None


def _account(lines: Sequence[str], mapping: Mapping) -> str | None:
    for line in lines[:HEADING_WITHIN]:
        if mapping.account and mapping.account in line:
            return line.partition(mapping.account)[2].partition("]")[0].strip(_PADDING) or None
    return None

"""SWIFT MT940 in the dialects of several banks: fields are cut here, so that a refusal knows its line, and each is read by `mt940`."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from mt940 import tags
from mt940.models import Transactions

from services.payments.reconciliation.errors import (
    FileTooLong,
    FileTruncated,
    MalformedLine,
    NotOfThisForm,
    WrongEncoding,
)
from services.payments.reconciliation.model import ReadLine, ReadStatement, StatementKind
from services.payments.reconciliation.rules import (
    LONGEST_DESCRIPTION,
    LONGEST_REFERENCE,
    MOST_LINES,
    MOST_STATEMENTS,
    minor_units,
    own_reference,
)

_TAG = re.compile(r"^:(\d{2}[A-Z]?):")
_ENDS = re.compile(r"^-[}]?(XXX)?\s*$")
_STRUCTURED = re.compile(r"\?\d\d")
_END_TO_END = re.compile(r"EREF\+(.*?)(?=(?:KREF|MREF|SVWZ|CRED|DEBT|ABWA|PURP|MTLG)\+|$)|/EREF/([^/]*)")
_NONE = ("", "NONREF", "EREF", "KREF+", "NREF")
_BALANCE, _STATEMENT = tags.FinalOpeningBalance(), tags.Statement()
_CONTEXT = Transactions()
# The library tells of every field that it cannot read; here that is a refusal, told to whoever sent the file.
logging.getLogger("mt940").setLevel(logging.CRITICAL)


@dataclass
class _Field:
    place: int
    tag: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class _Open:
    place: int
    number: str = ""
    account_number: str | None = None
    opening: tuple[int, date] | None = None
    closing: tuple[int, date] | None = None
    currency: str | None = None
    lines: list[ReadLine] = field(default_factory=list)


def read(content: bytes) -> list[ReadStatement]:
    """Raises the refusals of UnreadableFile."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise WrongEncoding("no UTF-8", line=content.count(b"\n", 0, fault.start) + 1) from None
    found: list[_Open] = []
    entries = 0
    for one in _fields(text):
        if one.tag == "20":
            found.append(_Open(one.place))
            if len(found) > MOST_STATEMENTS:
                raise FileTooLong(f"at most {MOST_STATEMENTS} statements", line=one.place)
        if not found:
            if one.tag == "940":
                continue
            raise NotOfThisForm("a field before the first :20:", line=one.place)
        _take(found[-1], one)
        entries += one.tag == "61"
        if entries > MOST_LINES:
            raise FileTooLong(f"at most {MOST_LINES} entries", line=one.place)
    if not found:
        raise NotOfThisForm("no field :20:")
    return [_finished(statement) for statement in found]


def _fields(text: str) -> Iterator[_Field]:
    """Fields with all their lines. What stands outside of any field (envelopes, blank lines) is left out."""
    current: _Field | None = None
    for place, line in enumerate(text.splitlines(), 1):
        started = _TAG.match(line)
        if started:
            if current:
                yield current
            current = _Field(place, started[1], [line[started.end() :]])
        elif _ENDS.match(line):
            if current:
                yield current
            current = None
        elif current:
            current.lines.append(line)
    if current:
        yield current


def _take(statement: _Open, one: _Field) -> None:
    if one.tag == "25":
        statement.account_number = one.text.split("\n")[0].strip()
    elif one.tag in ("28", "28C"):
        statement.number = one.text.strip()[:LONGEST_REFERENCE]
    elif one.tag in ("60F", "60M"):
        statement.opening, statement.currency = _balance(one)
    elif one.tag in ("62F", "62M"):
        statement.closing, _ = _balance(one)
    elif one.tag == "61":
        if statement.currency is None:
            raise MalformedLine("a booking before the opening balance", line=one.place)
        statement.lines.append(_line(one, statement.currency))
    elif one.tag == "86" and statement.lines and statement.closing is None:
        statement.lines[-1] = _described(statement.lines[-1], one.text)


def _balance(one: _Field) -> tuple[tuple[int, date], str]:
    try:
        told = _BALANCE.parse(_CONTEXT, one.text.strip())
        currency = told["currency"] or ""
        size = minor_units(told["amount"] or "", currency, comma=True)
        day = _day(told["year"], told["month"], told["day"])
    except (RuntimeError, ValueError) as fault:
        raise MalformedLine(_why(fault), line=one.place) from None
    return (size if told["status"] == "C" else -size, day), currency


def _line(one: _Field, currency: str) -> ReadLine:
    try:
        told = _STATEMENT.parse(_CONTEXT, one.text.rstrip())
        size = minor_units(told["amount"] or "", currency, comma=True)
        value_on = _day(told["year"], told["month"], told["day"])
    except (RuntimeError, ValueError) as fault:
        raise MalformedLine(_why(fault), line=one.place) from None
    status = (told["status"] or "").upper()
    reference = (told["customer_reference"] or "").strip()
    return ReadLine(
        place=one.place,
        # A reversed credit (RC) goes out, a reversed debit comes back.
        amount=size if status in ("C", "RD") else -size,
        value_on=value_on,
        booked_on=_booked(value_on, told["entry_month"], told["entry_day"]),
        servicer_reference=(told["bank_reference"] or "").strip()[:LONGEST_REFERENCE],
        reference="" if reference in _NONE else reference[:LONGEST_REFERENCE],
        description=(told["extra_details"] or "").strip()[:LONGEST_DESCRIPTION],
        reverses=status.startswith("R"),
    )


def _described(line: ReadLine, text: str) -> ReadLine:
    """Field 86 is cut at 65 signs wherever that falls, so its lines are put together as they are."""
    joined = text.replace("\n", "")
    plain = _STRUCTURED.sub("", joined)
    found = _END_TO_END.search(plain)
    told = (found[1] or found[2] or "").strip() if found else ""
    reference = own_reference(plain) or line.reference or told
    description = " ".join(f"{line.description} {_STRUCTURED.sub(' ', joined)}".split())
    return ReadLine(
        line.place,
        line.amount,
        line.value_on,
        line.booked_on,
        line.servicer_reference,
        reference[:LONGEST_REFERENCE],
        description[:LONGEST_DESCRIPTION],
        line.reverses,
    )


def _booked(value_on: date, month: str | None, day: str | None) -> date:
    """The entry date has no year: it is the one that lies nearest to the value date."""
    if not (month or "").strip() or not (day or "").strip():
        return value_on
    days = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            days.append(date(year, int(month or 0), int(day or 0)))
        except ValueError:
            continue
    return min(days, key=lambda one: abs(one - value_on), default=value_on)


def _day(year: str | None, month: str | None, day: str | None) -> date:
    return date(2000 + int(year or 0), int(month or 0), int(day or 0))


def _why(fault: Exception) -> str:
    return "the field is not as MT940 has it" if isinstance(fault, RuntimeError) else str(fault)


def _finished(one: _Open) -> ReadStatement:
    if one.opening is None:
        raise NotOfThisForm("a statement without its opening balance", line=one.place)
    if one.closing is None:
        raise FileTruncated("a statement without its closing balance", line=one.place)
    return ReadStatement(
        kind=StatementKind.STATEMENT,
        number=one.number,
        account_number=one.account_number,
        currency=one.currency,
        from_on=min(one.opening[1], one.closing[1]),
        until_on=max(one.opening[1], one.closing[1]),
        opening=one.opening[0],
        closing=one.closing[0],
        lines=tuple(one.lines),
    )

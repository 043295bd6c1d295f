"""Statements as SWIFT MT940, in its character set: an underscore of a reference becomes a hyphen."""

import re
from datetime import date

from sandbox.statements.amounts import in_units
from sandbox.statements.model import Line, Statement

_NOT_SWIFT = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
NARRATIVE_WIDTH, NARRATIVE_LINES = 65, 6


def statement_message(statement: Statement) -> bytes:
    number = statement.day.timetuple().tm_yday
    fields = [
        f":20:{statement.bank[:6]}{statement.day:%Y%m%d}",
        f":25:{_swift(statement.account_number)[:35]}",
        f":28C:{number}/1",
        f":60F:{_balance(statement, statement.opening_minor)}",
        *(field for line in statement.lines for field in _line(statement, line)),
        f":62F:{_balance(statement, statement.closing_minor)}",
    ]
    body = "\r\n".join(fields)
    sender = f"{statement.bank[:8]:X<8}"
    return f"{{1:F01{sender}AXXX0000000000}}{{2:I940SIFANGXXXXXXN}}{{4:\r\n{body}\r\n-}}\r\n".encode("ascii")


def _balance(statement: Statement, amount: int) -> str:
    mark = "C" if amount >= 0 else "D"
    return f"{mark}{_day(statement.day)}{statement.currency}{_amount(abs(amount), statement.currency)}"


def _line(statement: Statement, line: Line) -> list[str]:
    mark = "C" if line.amount >= 0 else "D"
    amount = _amount(abs(line.amount), statement.currency)
    entry = f"{_day(line.value_on)}{line.value_on:%m%d}{mark}{amount}NMSCNONREF//{statement.servicer_reference(line)}"
    told = _swift(f"{line.code} {line.reference} {line.narrative}")
    parts = [told[start : start + NARRATIVE_WIDTH] for start in range(0, len(told), NARRATIVE_WIDTH)]
    return [f":61:{entry}", ":86:" + "\r\n".join(parts[:NARRATIVE_LINES])]


def _amount(amount: int, currency: str) -> str:
    """With a comma, which stands there even where no decimals follow."""
    text = in_units(amount, currency).replace(".", ",")
    return text if "," in text else f"{text},"


def _day(day: date) -> str:
    return f"{day:%y%m%d}"


def _swift(text: str) -> str:
    return _NOT_SWIFT.sub(lambda found: "-" if found[0] == "_" else "?", text)

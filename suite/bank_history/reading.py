"""A bank's rows from the files of PKDD'99: `trans.asc`, amounts in koruna, days as YYMMDD, in Latin-1 and semicolons."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from suite.bank_history.ordering import Entry
from suite.reading.sheets import ReadFault

FILE = "trans.asc"
CURRENCY = "CZK"
PLACES = 2
CREDITS, DEBITS = frozenset({"PRIJEM"}), frozenset({"VYDAJ", "VYBER"})
PURPOSES = {
    "VKLAD": "cash",
    "VYBER": "cash",
    "VYBER KARTOU": "card",
    "PREVOD NA UCET": "other_bank",
    "PREVOD Z UCTU": "other_bank",
    "": "own",
}
"""Where the money comes from or goes to, by the file's operation: cash, a card, another bank, the bank's own interest and fees."""
COLUMNS = ("trans_id", "account_id", "date", "type", "operation", "amount", "balance")


def entries_of(folder: Path) -> list[Entry]:
    """Every row of the file. Raises ReadFault with file and line for one that cannot be read."""
    file = folder / FILE if folder.is_dir() else folder
    if not file.exists():
        raise ReadFault(f"{folder} has no {FILE}")
    with file.open(encoding="latin-1", newline="") as lines:
        return list(_entries(file.name, lines))


def _entries(name: str, lines: Iterator[str]) -> Iterator[Entry]:
    rows = csv.DictReader(lines, delimiter=";")
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ReadFault(f"{name} lacks the column {missing[0]}")
    for row in rows:
        try:
            yield _entry(rows.line_num, row)
        except (KeyError, ValueError, InvalidOperation, TypeError) as fault:
            raise ReadFault(f"{name}:{rows.line_num}: cannot be read: {fault!r}") from None


def _entry(line: int, row: dict[str, str]) -> Entry:
    kind, amount = row["type"], _minor(row["amount"])
    if kind not in CREDITS | DEBITS:
        raise ValueError(f"unknown type {kind}")
    if amount < 0:
        raise ValueError(f"negative amount {row['amount']}")
    return Entry(
        line,
        row["trans_id"],
        row["account_id"],
        _day(row["date"]),
        PURPOSES[row["operation"]],
        amount if kind in CREDITS else -amount,
        _minor(row["balance"]),
    )


def _minor(text: str) -> int:
    minor = Decimal(text).scaleb(PLACES)
    if minor != minor.to_integral_value():
        raise ValueError(f"{text} has more than {PLACES} decimals")
    return int(minor)


def _day(text: str) -> date:
    return datetime.strptime(text, "%y%m%d").date()  # noqa: DTZ007

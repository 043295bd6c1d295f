"""Files as people have them, made into rows that know their line: CSV in UTF-8 and the arrays of Eastmoney's pages.

Nothing is guessed about a file: what cannot be read is told in one line that names the file.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

LARGEST_FILE_BYTES = 512 * 1024 * 1024
LONGEST_CELL = 1_000_000
NET_VALUE_COLUMNS = ("code", "valued_on", "unit_value", "distribution")
CHINA = ZoneInfo("Asia/Shanghai")
_CODE = re.compile(r'fS_code\s*=\s*"([0-9]{6})"')
_NET_VALUES = re.compile(r"Data_netWorthTrend\s*=\s*")
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class ReadFault(Exception):
    """A file or folder is not what it should be; the message is one line."""


@dataclass(frozen=True, slots=True)
class Row:
    """line: where it begins in the file, from 1 (in an array, its place there). cells: text, or whatever an array holds."""

    line: int
    cells: Any


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows. header: None where the rows name their cells themselves."""

    file: str
    header: Sequence[str] | None
    rows: Sequence[Row]


def read_csv(path: Path) -> Sheet:
    """A CSV file with a header, in UTF-8 with or without a byte-order mark; blank lines are passed over. Raises ReadFault."""
    text = read_text(path)
    lines = _csv_rows(path, text)
    header = next(lines, None)
    if header is None:
        raise ReadFault(f"{path} is empty")
    names = [str(name).strip() for name in header.cells]
    if "" in names:
        raise ReadFault(f"{path}: column {names.index('') + 1} of the header has no name")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ReadFault(f"{path}: the header has {twice[0]} twice")
    return Sheet(path.name, names, list(lines))


def read_array(path: Path, columns: Sequence[str]) -> Sheet:
    """The array of arrays that a JavaScript file assigns: `var r = [["000001", …], …];`. Raises ReadFault."""
    text = read_text(path)
    if not text.strip():
        raise ReadFault(f"{path} is empty")
    begin = text.find("[")
    if begin < 0:
        raise ReadFault(f"{path} holds no array")
    try:
        found, _ = json.JSONDecoder().raw_decode(text, begin)
    except ValueError as fault:
        raise ReadFault(f"{path} holds no readable array: {fault}") from None
    return Sheet(path.name, list(columns), [Row(number, cells) for number, cells in enumerate(found, start=1)])


def read_fund_page(path: Path) -> Sheet:
    """The net values in a fund's page data: `fS_code` and `Data_netWorthTrend`, of which each day begins at midnight in China.

    Numbers stay the text they are. Raises ReadFault.
    """
    text = read_text(path)
    code = _CODE.search(text)
    if code is None:
        raise ReadFault(f"{path} does not tell its fund: fS_code is missing")
    begin = _NET_VALUES.search(text)
    if begin is None:
        raise ReadFault(f"{path} holds no Data_netWorthTrend")
    try:
        found, _ = json.JSONDecoder(parse_float=str, parse_int=str).raw_decode(text, begin.end())
    except ValueError as fault:
        raise ReadFault(f"{path}: Data_netWorthTrend cannot be read: {fault}") from None
    return Sheet(
        path.name, NET_VALUE_COLUMNS, [Row(place, _net_value(code[1], day)) for place, day in enumerate(found, start=1)]
    )


def _net_value(code: str, day: Any) -> list[Any]:
    """A day without its fields becomes a row without them, for the service to refuse."""
    held = day if isinstance(day, dict) else {}
    milliseconds = str(held.get("x", ""))
    on = (
        datetime.fromtimestamp(int(milliseconds) // 1000, CHINA).date().isoformat()
        if milliseconds.isdecimal()
        else None
    )
    return [code, on, held.get("y"), held.get("unitMoney") or None]


def read_text(path: Path) -> str:
    """Raises ReadFault for what is not a file of text in UTF-8."""
    if path.is_dir():
        raise ReadFault(f"{path} is a folder; a file is expected")
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise ReadFault(f"{path} is larger than {LARGEST_FILE_BYTES // 1024**2} MiB")
    raw = path.read_bytes()
    if raw[:2] in _MARKS:
        raise ReadFault(f"{path} is {_MARKS[raw[:2]]}; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise ReadFault(f"{path} is not UTF-8 (line {line}, byte 0x{raw[fault.start]:02x}); save it as UTF-8") from None


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    """A quoted cell may hold line breaks, so a row's line is not its number."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        reader = csv.reader(StringIO(text, newline=""))
        line = 1
        for cells in reader:
            if cells:
                yield Row(line, cells)
            line = reader.line_num + 1
    except csv.Error as fault:
        raise ReadFault(f"{path} cannot be read after line {reader.line_num}: {fault}") from None
    finally:
        csv.field_size_limit(before)

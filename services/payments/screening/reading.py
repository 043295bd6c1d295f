"""Files of lists as they are published, read into entries. A bad row is refused by itself, with its line; only a file that cannot be read
is refused whole. Pure.

OFAC's files have no header and write `-0-` where there is nothing; further names stand in alt.csv and, as `a.k.a. '…'`, among the remarks,
which go on in sdn_comments.csv where they are longer than a thousand characters, in the midst of a word.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from typing import Any

from services.payments.screening.errors import ListTooLarge, UnreadableList
from services.payments.screening.model import DraftEntry, EntryKind, Form, RefusedRow
from services.payments.screening.scripts import LONGEST_NAME, readings

MOST_BYTES = 64 * 1024 * 1024
MOST_ENTRIES = 100_000
MOST_NAMES_OF_ONE = 100
LONGEST_KEY = 60
LONGEST_PROGRAMME = 200
MOST_FACTS = 20
LONGEST_REMARKS = 20_000
LONGEST_REMARK = 500
LONGEST_FACT = 100
OFAC_FILES = ("sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv")
OFAC_COLUMNS = {"sdn.csv": 12, "alt.csv": 5, "add.csv": 6, "sdn_comments.csv": 2}
TABLE_FILE = "table.csv"
COMPRESSED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NOTHING = "-0-"
# Each looked for in one remark, which is short: what is between two semicolons.
_KNOWN_AS = re.compile(r"\b[afn]\.k\.a\. '(.+?)'(?=\s*(?:[;.(]|$))")
_BORN = re.compile(r"\bDOB ([^.]+)")
_NATIONALITY = re.compile(r"\b(?:nationality|citizen) ([^.]+)")


@dataclass(frozen=True)
class Columns:
    """Headings of a table. aliases: of a column with further names, separator between them. kind: person or anything else."""

    key: str = "id"
    name: str = "name"
    kind: str | None = None
    aliases: str | None = None
    programme: str | None = None
    separator: str = ";"


@dataclass(frozen=True)
class ReadList:
    entries: tuple[DraftEntry, ...]
    refused: tuple[RefusedRow, ...]


@dataclass
class _Draft:
    kind: EntryKind
    names: list[str]
    programme: str
    remarks: str
    row: tuple[str, int]
    countries: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    line: int
    cells: Sequence[str]


def unpacked(content: bytes, form: Form) -> dict[str, bytes]:
    """OFAC's files come together as a ZIP archive, a table alone. Raises UnreadableList, ListTooLarge."""
    if form is Form.TABLE:
        return {TABLE_FILE: content}
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            wanted = {info.filename.rpartition("/")[2].lower(): info for info in archive.infolist()}
            sizes = sum(wanted[name].file_size for name in OFAC_FILES if name in wanted)
            if sizes > MOST_BYTES:
                raise ListTooLarge(f"at most {MOST_BYTES} bytes", field="body")
            if any(info.compress_type not in COMPRESSED for info in wanted.values()):
                raise UnreadableList("only deflated files are read", field="body")
            return {name: archive.read(wanted[name]) for name in OFAC_FILES if name in wanted}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as fault:
        raise UnreadableList(f"not an archive that can be read: {type(fault).__name__}", field="body") from None


def read(files: Mapping[str, bytes], form: Form, columns: Columns) -> ReadList:
    """Raises UnreadableList, ListTooLarge."""
    refused: list[RefusedRow] = []
    drafts = _ofac(files, refused) if form is Form.OFAC else _table(files[TABLE_FILE], columns, refused)
    if len(drafts) > MOST_ENTRIES:
        raise ListTooLarge(f"at most {MOST_ENTRIES} entries", field="body")
    if not drafts:
        raise UnreadableList("no row of the list can be read", field="body")
    entries = tuple(_entry(key, draft, refused) for key, draft in drafts.items())
    return ReadList(entries, tuple(refused))


def _ofac(files: Mapping[str, bytes], refused: list[RefusedRow]) -> dict[str, _Draft]:
    missing = [name for name in ("sdn.csv", "alt.csv") if name not in files]
    if missing:
        raise UnreadableList(f"{missing[0]} is missing", field="body")
    drafts: dict[str, _Draft] = {}
    for row in _rows(files, "sdn.csv", refused):
        key, name, kind, programme, *_, remarks = row.cells
        if _usable(drafts, "sdn.csv", row, key, name, refused):
            drafts[key] = _Draft(_ofac_kind(kind), [name], programme.strip("[] "), remarks, ("sdn.csv", row.line))
    for name in ("sdn_comments.csv", "alt.csv", "add.csv"):
        for row in _rows(files, name, refused):
            draft = drafts.get(row.cells[0])
            if draft is None:
                refused.append(RefusedRow(name, row.line, "unknown_entry", "no entry of this number is on the list"))
            else:
                _added(draft, name, row, refused)
    for draft in drafts.values():
        for known in _told(_KNOWN_AS, draft.remarks):
            _take_name(draft, known, refused)
    return drafts


def _told(pattern: re.Pattern[str], remarks: str) -> list[str]:
    short = (one for one in remarks[:LONGEST_REMARKS].split(";") if len(one) <= LONGEST_REMARK)
    return [found.strip() for one in short for found in pattern.findall(one)]


def _take_name(draft: _Draft, name: str, refused: list[RefusedRow]) -> None:
    if _is_name(name):
        draft.names.append(name)
    else:
        refused.append(
            RefusedRow(*draft.row, "no_name", f"a further name of 1 to {LONGEST_NAME} characters is expected")
        )


def _added(draft: _Draft, file: str, row: _Row, refused: list[RefusedRow]) -> None:
    if file == "sdn_comments.csv":
        # Cut after a thousand characters, wherever that is.
        draft.remarks += row.cells[1]
    elif file == "add.csv":
        draft.countries += [row.cells[4]] if row.cells[4] else []
    elif _is_name(row.cells[3]):
        draft.names.append(row.cells[3])
    else:
        refused.append(RefusedRow(file, row.line, "no_name", "a name of 1 to 300 characters is expected"))


def _ofac_kind(text: str) -> EntryKind:
    return EntryKind(text) if text in ("individual", "vessel", "aircraft") else EntryKind.ENTITY


def _table(content: bytes, columns: Columns, refused: list[RefusedRow]) -> dict[str, _Draft]:
    lines = csv.reader(StringIO(_text(TABLE_FILE, content)), strict=False)
    rows = _lines(TABLE_FILE, lines)
    first = next(rows, None)
    header = [] if first is None else [cell.strip() for cell in first.cells]
    wanted = [columns.key, columns.name, columns.kind, columns.aliases, columns.programme]
    lacking = [name for name in wanted if name is not None and header.count(name) != 1]
    if lacking:
        raise UnreadableList(f"the header needs one column {lacking[0][:LONGEST_KEY]}", field="body")
    drafts: dict[str, _Draft] = {}
    for cells in rows:
        if not cells.cells:
            continue
        if len(cells.cells) != len(header):
            refused.append(RefusedRow(TABLE_FILE, cells.line, "wrong_columns", f"{len(header)} columns are expected"))
            continue
        told = dict(zip(header, (cell.strip() for cell in cells.cells), strict=True))
        if _usable(drafts, TABLE_FILE, cells, told[columns.key], told[columns.name], refused):
            drafts[told[columns.key]] = _table_draft(told, columns, cells.line, refused)
    return drafts


def _table_draft(told: Mapping[str, str], columns: Columns, line: int, refused: list[RefusedRow]) -> _Draft:
    kind = told[columns.kind].casefold() if columns.kind else "individual"
    person = kind in ("individual", "person", "natural person", "p", "i", "个人", "自然人")
    known = EntryKind.INDIVIDUAL if person else EntryKind(kind) if kind in ("vessel", "aircraft") else EntryKind.ENTITY
    aliases = told[columns.aliases].split(columns.separator) if columns.aliases else []
    programme = told[columns.programme] if columns.programme else ""
    draft = _Draft(known, [told[columns.name]], programme, "", (TABLE_FILE, line))
    for alias in aliases:
        if alias.strip():
            _take_name(draft, alias.strip(), refused)
    return draft


def _usable(drafts: Mapping[str, _Draft], file: str, row: _Row, key: str, name: str, refused: list[RefusedRow]) -> bool:
    if not 1 <= len(key) <= LONGEST_KEY:
        refused.append(RefusedRow(file, row.line, "no_key", f"a number of 1 to {LONGEST_KEY} characters is expected"))
    elif key in drafts:
        refused.append(RefusedRow(file, row.line, "repeated_key", "an entry of this number stands above"))
    elif not _is_name(name):
        refused.append(RefusedRow(file, row.line, "no_name", f"a name of 1 to {LONGEST_NAME} characters is expected"))
    else:
        return True
    return False


def _is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and "\0" not in text and bool(readings(text))


def _rows(files: Mapping[str, bytes], name: str, refused: list[RefusedRow]) -> Iterator[_Row]:
    """Cells without the blanks around them; empty where the file says so."""
    width = OFAC_COLUMNS[name]
    for row in _lines(name, csv.reader(StringIO(_text(name, files.get(name, b""))), strict=False)):
        cells = ["" if cell.strip() == _NOTHING else cell.strip() for cell in row.cells]
        if len(cells) == width:
            yield _Row(row.line, cells)
        elif any(cells):
            refused.append(RefusedRow(name, row.line, "wrong_columns", f"{width} columns are expected"))


def _lines(name: str, lines: Any) -> Iterator[_Row]:
    line = lines.line_num + 1
    try:
        for cells in lines:
            yield _Row(line, cells)
            line = lines.line_num + 1
    except csv.Error as fault:
        raise UnreadableList(f"{name}, line {line}: {fault}", field="body") from None


def _text(name: str, content: bytes) -> str:
    """OFAC ends its files with the end-of-file mark of DOS. Raises UnreadableList."""
    if len(content) > MOST_BYTES:
        raise ListTooLarge(f"at most {MOST_BYTES} bytes", field="body")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Older files are in the code page of Windows; five of its bytes have no character.
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise UnreadableList(f"{name} is no text", field="body")
    return text.rstrip("\x1a\r\n ")


def _entry(key: str, draft: _Draft, refused: list[RefusedRow]) -> DraftEntry:
    """Whatever is more than an entry may have is refused by its own row, so that nobody holds the list for whole."""
    names = tuple(dict.fromkeys(draft.names))
    facts: dict[str, Any] = {
        "born": [one[:LONGEST_FACT] for one in _told(_BORN, draft.remarks)],
        "nationalities": list(dict.fromkeys(one[:LONGEST_FACT] for one in _told(_NATIONALITY, draft.remarks))),
        "countries": list(dict.fromkeys(one[:LONGEST_FACT] for one in draft.countries)),
    }
    for code, size, most in (
        ("too_many_names", len(names), MOST_NAMES_OF_ONE),
        ("long_programme", len(draft.programme), LONGEST_PROGRAMME),
        ("long_remarks", len(draft.remarks), LONGEST_REMARKS),
        *((f"too_many_{name}", len(found), MOST_FACTS) for name, found in facts.items()),
    ):
        if size > most:
            refused.append(RefusedRow(*draft.row, code, f"{size}, of which the first {most} are taken"))
    kept = {name: found[:MOST_FACTS] for name, found in facts.items() if found}
    return DraftEntry(key, draft.kind, names[:MOST_NAMES_OF_ONE], draft.programme[:LONGEST_PROGRAMME], kept)

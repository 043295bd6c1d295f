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
OFAC_FILES = ("sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv")
OFAC_COLUMNS = {"sdn.csv": 12, "alt.csv": 5, "add.csv": 6, "sdn_comments.csv": 2}
TABLE_FILE = "table.csv"
COMPRESSED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NOTHING = "-0-"
_KNOWN_AS = re.compile(r"\b[afn]\.k\.a\. '(.+?)'(?=\s*(?:[;.(]|$))")
_BORN = re.compile(r"\bDOB ([^;]+?)\s*(?=[;.]|$)")
_NATIONALITY = re.compile(r"\b(?:nationality|citizen) ([^;.]+)")


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
    return ReadList(tuple(_entry(key, draft) for key, draft in drafts.items()), tuple(refused))


def _ofac(files: Mapping[str, bytes], refused: list[RefusedRow]) -> dict[str, _Draft]:
    missing = [name for name in ("sdn.csv", "alt.csv") if name not in files]
    if missing:
        raise UnreadableList(f"{missing[0]} is missing", field="body")
    drafts: dict[str, _Draft] = {}
    for row in _rows(files, "sdn.csv", refused):
        key, name, kind, programme, *_, remarks = row.cells
        if _usable(drafts, "sdn.csv", row, key, name, refused):
            drafts[key] = _Draft(_ofac_kind(kind), [name], programme.strip("[] "), remarks)
    for name in ("sdn_comments.csv", "alt.csv", "add.csv"):
        for row in _rows(files, name, refused):
            draft = drafts.get(row.cells[0])
            if draft is None:
                refused.append(RefusedRow(name, row.line, "unknown_entry", "no entry of this number is on the list"))
            else:
                _added(draft, name, row, refused)
    for draft in drafts.values():
        draft.names += [known for known in _KNOWN_AS.findall(draft.remarks) if _is_name(known)]
    return drafts


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
    header = [cell.strip() for cell in next(lines, [])]
    wanted = [columns.key, columns.name, columns.kind, columns.aliases, columns.programme]
    lacking = [name for name in wanted if name is not None and name not in header]
    if lacking:
        raise UnreadableList(f"the header lacks {lacking[0]}", field="body")
    drafts: dict[str, _Draft] = {}
    for cells in _lines(TABLE_FILE, lines):
        if not cells.cells:
            continue
        if len(cells.cells) != len(header):
            refused.append(RefusedRow(TABLE_FILE, cells.line, "wrong_columns", f"{len(header)} columns are expected"))
            continue
        told = dict(zip(header, (cell.strip() for cell in cells.cells), strict=True))
        if _usable(drafts, TABLE_FILE, cells, told[columns.key], told[columns.name], refused):
            drafts[told[columns.key]] = _table_draft(told, columns)
    return drafts


def _table_draft(told: Mapping[str, str], columns: Columns) -> _Draft:
    kind = told[columns.kind].casefold() if columns.kind else "individual"
    person = kind in ("individual", "person", "natural person", "p", "i", "个人", "自然人")
    known = EntryKind.INDIVIDUAL if person else EntryKind(kind) if kind in ("vessel", "aircraft") else EntryKind.ENTITY
    aliases = told[columns.aliases].split(columns.separator) if columns.aliases else []
    names = [told[columns.name], *(alias.strip() for alias in aliases if _is_name(alias.strip()))]
    return _Draft(known, names, told[columns.programme] if columns.programme else "", "")


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


def _entry(key: str, draft: _Draft) -> DraftEntry:
    names = tuple(dict.fromkeys(draft.names))[:MOST_NAMES_OF_ONE]
    facts: dict[str, Any] = {
        "born": _BORN.findall(draft.remarks)[:MOST_FACTS],
        "nationalities": list(dict.fromkeys(_NATIONALITY.findall(draft.remarks)))[:MOST_FACTS],
        "countries": list(dict.fromkeys(draft.countries))[:MOST_FACTS],
    }
    return DraftEntry(
        key, draft.kind, names, draft.programme[:LONGEST_PROGRAMME], {k: v for k, v in facts.items() if v}
    )

"""Rows on their way into a service: a thousand at a time, each request under a key of its own, with what came of every row."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from clients.errors import DeadlineExceeded, Refused, Unreachable
from clients.shape import Shape
from clients.transport import Call, Transport
from suite.reading.kinds import Parcel
from suite.reading.sheets import ReadFault, Row, Sheet

BATCH = 1000
BATCH_SECONDS = 120.0
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.5
_UNREADABLE = frozenset({"malformed_json", "body_too_large"})


class RefusedRow(Shape):
    """A row that was not taken. line: in the file, from 1."""

    file: str
    line: int
    field: str | None
    code: str
    detail: str


class Taken(Shape):
    """What a service answers for a request: accepted + changed + unchanged + refused = rows."""

    rows: int
    accepted: int
    changed: int = 0
    unchanged: int
    refused: list[RefusedRow]


@dataclass
class Tally:
    """What came of a file so far."""

    rows: int = 0
    accepted: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    def add(self, taken: Taken) -> None:
        self.rows += taken.rows
        self.accepted += taken.accepted
        self.changed += taken.changed
        self.unchanged += taken.unchanged
        self.refused += taken.refused


async def send(transport: Transport, parcel: Parcel, told: Callable[[Tally], None]) -> Tally:
    """Send a file's rows; `told` hears after every request. Raises ReadFault where the file as a whole is refused."""
    tally = Tally()
    for batch in _batches(parcel.sheet.rows):
        tally.add(await _sent(transport, parcel, batch))
        told(tally)
    return tally


async def _sent(transport: Transport, parcel: Parcel, rows: Sequence[Row]) -> Taken:
    """One request; where the service cannot read it, its halves, down to the row at fault."""
    try:
        taken = await _taken(transport, _call(parcel, rows))
    except Refused as refused:
        if not _is_a_rows(refused):
            raise ReadFault(_whole_file(parcel.sheet, refused)) from None
        if len(rows) == 1:
            return _unreadable(parcel.sheet, rows[0], refused)
        tally = Tally()
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            tally.add(await _sent(transport, parcel, half))
        return Taken(**vars(tally))
    return taken.model_copy(update={"refused": [_in_its_line(one, rows) for one in taken.refused]})


def _call(parcel: Parcel, rows: Sequence[Row]) -> Call:
    sheet = parcel.sheet
    body: dict[str, Any] = {**parcel.facts, "file": sheet.file, "first_line": rows[0].line}
    body["rows"] = [row.cells for row in rows]
    if sheet.header is not None:
        body["header"] = list(sheet.header)
    # A key of its own for every run: an import that is run again is looked at again, row by row.
    return Call("POST", "/v1/imports", body, key=f"import-{uuid4()}")


async def _taken(transport: Transport, call: Call) -> Taken:
    """Asked until the service answers: under one key a request is done once, however often it is sent."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return Taken.model_validate(await transport.call(call, deadline_seconds=BATCH_SECONDS))
        except (Unreachable, DeadlineExceeded):
            if time.monotonic() > until:
                raise
        except Refused as refused:
            if refused.code not in ("in_progress", "too_many_requests") or time.monotonic() > until:
                raise
        await asyncio.sleep(PAUSE_SECONDS)


def _is_a_rows(refused: Refused) -> bool:
    """Whether a service could not read the request for one of its rows; which one is found by halving."""
    return refused.code in _UNREADABLE or (refused.field or "").startswith("rows.")


def _in_its_line(refused: RefusedRow, rows: Sequence[Row]) -> RefusedRow:
    """The service counts rows from the first; in the file a row may take several lines."""
    return refused.model_copy(update={"line": rows[refused.line - rows[0].line].line})


def _unreadable(sheet: Sheet, row: Row, refused: Refused) -> Taken:
    field = _column(sheet, refused.field)
    one = RefusedRow(file=sheet.file, line=row.line, field=field, code=refused.code, detail=refused.detail)
    return Taken(rows=1, accepted=0, unchanged=0, refused=[one])


def _column(sheet: Sheet, path: str | None) -> str | None:
    """`rows.0.3` → the name of the fourth column."""
    last = (path or "").rpartition(".")[2]
    named = sheet.header is not None and last.isdecimal() and (path or "").count(".") > 1
    return sheet.header[int(last)] if named and sheet.header and int(last) < len(sheet.header) else None


def _whole_file(sheet: Sheet, refused: Refused) -> str:
    missing = refused.facts.get("missing") or refused.facts.get("wrong")
    return f"{sheet.file}: {refused.detail}" + (f": {', '.join(map(str, missing))}" if missing else "")


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for first in range(0, len(rows), BATCH):
        yield rows[first : first + BATCH]

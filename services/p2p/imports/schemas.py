"""Imports on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.imports.model import Import
from services.p2p.wire_ids import ImportId

LARGEST_IMPORT = 1000
LARGEST_LINE = 2_000_000_000
SourceName = Literal["lendingclub.loans", "lendingclub.running_loans"]
Cell = Annotated[str, Field(max_length=2000)]
Cells = Annotated[list[Cell | None], Field(max_length=100)]
Column = Annotated[str, Field(min_length=1, max_length=80)]
FileName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ImportRequest(wire.Request):
    """Rows of a file as text cells that `header` names.

    first_line: the line of the file at which `rows` begins (2 is the first below a header), so that a refusal can name its own.
    """

    source: SourceName
    file: FileName
    header: Annotated[list[Column], Field(min_length=1, max_length=100)]
    first_line: Annotated[int, Field(ge=1, le=LARGEST_LINE)]
    rows: Annotated[list[Cells], Field(min_length=1, max_length=LARGEST_IMPORT)]


class RefusedRow(wire.Answer):
    file: str
    line: int
    field: str | None
    code: str
    detail: str


class ImportAnswer(wire.Answer):
    """accepted: new graded applications, or running loans; accepted + unchanged + refused = rows."""

    id: ImportId
    source: SourceName
    file: str
    first_line: int
    rows: int
    accepted: int
    unchanged: int
    refused: list[RefusedRow]
    imported_at: datetime
    imported_by: str


def import_answer(done: Import) -> ImportAnswer:
    return ImportAnswer.model_validate(done)

"""Imports on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from chassis import wire
from chassis.ids import TypeId
from services.info_broker.imports.model import Import
from services.info_broker.institutions.profile import Text

LARGEST_IMPORT = 1000
LARGEST_LINE = 2_000_000_000
ImportId = Annotated[UUID, TypeId("imp")]
SourceName = Literal["eastmoney.funds", "eastmoney.net_values", "institutions", "products"]
Cells = Annotated[list[str | None], Field(max_length=100)]
Column = Annotated[str, Field(min_length=1, max_length=80)]


class ImportRequest(wire.Request):
    """Rows of a file: cells that `header` names (for eastmoney.funds code, initials, name, source_class, pinyin), or objects.

    first_line: the line (or row) of the file at which `rows` begins, so that a refusal can name its own.
    """

    source: SourceName
    file: Text
    header: Annotated[list[Column], Field(min_length=1, max_length=100)] | None = None
    first_line: Annotated[int, Field(ge=1, le=LARGEST_LINE)]
    rows: Annotated[list[Cells | dict[str, Any]], Field(min_length=1, max_length=LARGEST_IMPORT)]


class RefusedRow(wire.Answer):
    file: str
    line: int
    field: str | None
    code: str
    detail: str


class ImportAnswer(wire.Answer):
    """accepted: new records; changed: got another version; accepted + changed + unchanged + refused = rows."""

    id: ImportId
    source: SourceName
    file: str
    first_line: int
    rows: int
    accepted: int
    changed: int
    unchanged: int
    refused: list[RefusedRow]
    imported_at: datetime
    imported_by: str


def import_answer(done: Import) -> ImportAnswer:
    return ImportAnswer.model_validate(done)

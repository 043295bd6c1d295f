"""An import: up to a thousand rows of a marketplace's file, each new, changed, unchanged, or refused with its reason."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken. line: in the file, from 1; field: None where the row as a whole is at fault."""

    file: str
    line: int
    field: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Import:
    """accepted + changed + unchanged + refused = rows. changed_fields: in how many changed rows each column differed."""

    id: UUID
    source: str
    marketplace: str
    file: str
    first_line: int
    rows: int
    accepted: int
    changed: int
    unchanged: int
    changed_fields: dict[str, int]
    refused: tuple[Refused, ...]
    imported_at: datetime
    imported_by: str

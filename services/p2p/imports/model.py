"""An import: up to a thousand rows of a file, each taken, found unchanged, or refused with its reason."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.p2p.borrowers.model import Facts
from services.p2p.running_loans.model import Standing


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
    """accepted + unchanged + refused = rows. accepted: records that are new."""

    id: UUID
    source: str
    file: str
    first_line: int
    rows: int
    accepted: int
    unchanged: int
    refused: tuple[Refused, ...]
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """What a row of a source means. source_row: its own number there; content_hash: of its cells; as_of_on: when it was asked."""

    line: int
    source_row: str
    content_hash: bytes
    as_of_on: date
    amount_minor: int
    currency: str
    term_months: int
    purpose: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class ImportedStanding:
    """A row that is a running loan."""

    line: int
    source_row: str
    content_hash: bytes
    standing: Standing

"""An import: up to a thousand rows of a file, each taken, found unchanged, or refused with its reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Source(StrEnum):
    EASTMONEY_FUNDS = "eastmoney.funds"
    EASTMONEY_NET_VALUES = "eastmoney.net_values"
    INSTITUTIONS = "institutions"
    PRODUCTS = "products"


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
    """accepted + changed + unchanged + refused = rows. accepted: records that are new; changed: got another version."""

    id: UUID
    source: Source
    file: str
    first_line: int
    rows: int
    accepted: int
    changed: int
    unchanged: int
    refused: tuple[Refused, ...]
    imported_at: datetime
    imported_by: str

"""Imports on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.ecommerce_credit.imports.model import Import
from services.ecommerce_credit.marketplaces.schemas import MarketplaceCode
from services.ecommerce_credit.wire_ids import ImportId

LARGEST_IMPORT = 1000
LARGEST_LINE = 2_000_000_000
SourceName = Literal[
    "olist.sellers",
    "olist.customers",
    "olist.products",
    "olist.orders",
    "olist.order_items",
    "olist.order_payments",
    "olist.order_reviews",
]
Cell = Annotated[str, Field(max_length=4000)]
Cells = Annotated[list[Cell | None], Field(max_length=100)]
Column = Annotated[str, Field(min_length=1, max_length=80)]
FileName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
Zone = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]{0,63}$", examples=["America/Sao_Paulo"])]


class ImportRequest(wire.Request):
    """Rows of a file as text cells that `header` names.

    marketplace: whose file it is; currency: of its amounts; zone: of its times, which carry none (left out: that of its first import,
    which without one takes the suite's). The first import of a marketplace fixes both.
    first_line: the line of the file at which `rows` begins (2 is the first below a header), so that a refusal can name its own.
    """

    source: SourceName
    marketplace: MarketplaceCode
    currency: wire.Currency
    zone: Zone | None = None
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
    """accepted: new rows; changed: rows that say something else than before, `changed_fields` counts in which columns.

    accepted + changed + unchanged + refused = rows.
    """

    id: ImportId
    source: SourceName
    marketplace: str
    file: str
    first_line: int
    rows: int
    accepted: int
    changed: int
    unchanged: int
    changed_fields: dict[str, int]
    refused: list[RefusedRow]
    imported_at: datetime
    imported_by: str


def import_answer(done: Import) -> ImportAnswer:
    return ImportAnswer.model_validate(done)

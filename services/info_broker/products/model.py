"""Products: what an institution offers, and what was said about it when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ProductStatus(StrEnum):
    OFFERED = "offered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Product:
    """One version of a product. source, kind and code never change; the rest is as it was shown from valid_from on.

    institution_id: None where the institution was not identified; terms: by kind, in JSON values.
    """

    id: UUID
    source: str
    kind: str
    code: str
    version: int
    valid_from: datetime
    name: str
    name_en: str | None
    institution_id: UUID | None
    status: ProductStatus
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product as a source gives it, checked. initials, pinyin: of the Chinese name, upper or lower case, may be empty."""

    source: str
    kind: str
    type: str
    code: str
    name: str
    name_en: str | None
    initials: str
    pinyin: str
    institution_id: UUID | None
    status: ProductStatus
    terms: Mapping[str, Any]

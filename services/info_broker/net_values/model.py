"""What a share of a fund was worth at the end of a day, as its source told it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NetValue:
    """unit_value: in the fund's currency; distribution: what was paid out that day, in the source's words. version: 1 until corrected."""

    product_id: UUID
    valued_on: date
    version: int
    unit_value: Decimal
    distribution: str | None
    known_since_at: datetime


@dataclass(frozen=True, slots=True)
class NetValueDraft:
    product_id: UUID
    valued_on: date
    unit_value: Decimal
    distribution: str | None

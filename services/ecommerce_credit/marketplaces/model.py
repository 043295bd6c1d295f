"""A marketplace whose sellers may borrow: named by its first import, with its currency and the zone of its clock."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Marketplace:
    """code: its name here; zone: IANA name, in which the times of its files are read."""

    code: str
    currency: str
    zone: str
    first_import_at: datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """What has been imported of a marketplace. known_to_on: day of its newest order; None before any."""

    shops: int
    orders: int
    known_to_on: date | None

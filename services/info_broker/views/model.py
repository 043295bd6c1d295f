"""A look at a product."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class View:
    """views: how often this viewer has looked at it on that day, this time included."""

    product_id: UUID
    viewer: str
    viewed_on: date
    views: int

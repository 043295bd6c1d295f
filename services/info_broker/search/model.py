"""What is searched for, and what is found."""

from dataclasses import dataclass
from uuid import UUID

from services.info_broker.products.model import Product


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search. query: None for everything; channel: of the institution's service; the other filters by equality."""

    query: str | None = None
    kind: str | None = None
    type: str | None = None
    institution_id: UUID | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A match with its score by the published formula (rules.RANKING)."""

    product: Product
    score: int


@dataclass(frozen=True, slots=True)
class Facet:
    """How many of the matches there are of one kind, type or institution; the other two are None."""

    kind: str | None
    type: str | None
    institution_id: UUID | None
    count: int


@dataclass(frozen=True, slots=True)
class Sponsored:
    """A match that is shown apart because the advertiser pays."""

    product: Product
    placement_id: UUID
    advertiser: str

"""Search results on the wire."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis import wire
from services.info_broker.institutions.model import Institution
from services.info_broker.institutions.schemas import InstitutionId
from services.info_broker.placements.schemas import PlacementId
from services.info_broker.products.model import Product
from services.info_broker.products.schemas import ProductAnswer, product_fields
from services.info_broker.search.model import Facet, Found, Sponsored
from services.info_broker.search.rules import RANKING, match_of

INSTITUTIONS_SHOWN = 50
MatchName = Literal[
    "exact_code",
    "exact_name",
    "name_begins",
    "code_or_initials_begin",
    "pinyin_or_english_begins",
    "name_contains",
    "all_terms",
    "no_query",
]


class Hit(ProductAnswer):
    """A product in its earned place. score: by the formula in `ranking`; match: the class of the score."""

    score: int
    match: MatchName
    paid_placement: Literal[False] = False


class SponsoredHit(ProductAnswer):
    """A product shown because somebody pays for it, and says so; it matches the search too."""

    placement_id: PlacementId
    advertiser: str
    paid_placement: Literal[True] = True


class FacetCount(wire.Answer):
    value: str
    count: int


class InstitutionCount(wire.Answer):
    """id, name: null for products whose institution is not identified."""

    id: InstitutionId | None
    name: str | None
    count: int


class Facets(wire.Answer):
    """Counts over all matches of the search with its filters, largest first; of institutions the first 50."""

    total: int
    kinds: list[FacetCount]
    types: list[FacetCount]
    institutions: list[InstitutionCount]


class SearchAnswer(wire.Answer):
    """A page of a search. facets and sponsored stand on the first page only."""

    items: list[Hit]
    next: str | None
    facets: Facets | None
    sponsored: Annotated[list[SponsoredHit], Field(description="paid placements, apart from the ranking")]
    ranking: str = RANKING


def hits(found: Sequence[Found], known: Mapping[UUID, Institution], day: date) -> list[Hit]:
    return [
        Hit(
            **product_fields(one.product, _owner(one.product, known), day),
            score=one.score,
            match=match_of(one.score).name.lower(),
        )
        for one in found
    ]


def sponsored_hits(found: Sequence[Sponsored], known: Mapping[UUID, Institution], day: date) -> list[SponsoredHit]:
    return [
        SponsoredHit(
            **product_fields(one.product, _owner(one.product, known), day),
            placement_id=one.placement_id,
            advertiser=one.advertiser,
        )
        for one in found
    ]


def facets_answer(counted: Sequence[Facet], known: Mapping[UUID, Institution]) -> Facets:
    kinds = [FacetCount(value=one.kind, count=one.count) for one in counted if one.kind is not None]
    types = [FacetCount(value=one.type, count=one.count) for one in counted if one.type is not None]
    owners = [one for one in counted if one.kind is None and one.type is None][:INSTITUTIONS_SHOWN]
    names = {institution_id: institution.short_name for institution_id, institution in known.items()}
    institutions = [
        InstitutionCount(
            id=one.institution_id,
            name=names.get(one.institution_id) if one.institution_id else None,
            count=one.count,
        )
        for one in owners
    ]
    return Facets(total=sum(one.count for one in kinds), kinds=kinds, types=types, institutions=institutions)


def _owner(product: Product, known: Mapping[UUID, Institution]) -> Institution | None:
    return None if product.institution_id is None else known.get(product.institution_id)

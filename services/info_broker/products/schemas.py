"""Products on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from chassis import wire
from chassis.ids import TypeId
from services.info_broker.institutions.model import Institution
from services.info_broker.institutions.schemas import InstitutionSummary, institution_summary
from services.info_broker.products.model import Product, ProductStatus
from services.info_broker.products.terms import TERMS, ProductKind, Terms, type_of

ProductId = Annotated[UUID, TypeId("prd")]
NOT_IDENTIFIED = "institution not identified"


class ProductAnswer(wire.Answer):
    """A version of a product. institution: null with `institution_note` where the source did not tell whose it is."""

    id: ProductId
    source: str
    kind: ProductKind
    type: str
    code: str
    version: int
    known_since_at: datetime
    name: str
    name_en: str | None
    status: ProductStatus
    institution: InstitutionSummary | None
    institution_note: str | None
    terms: Terms


def product_fields(product: Product, institution: Institution | None, day: date) -> dict[str, Any]:
    """What every answer about a product says. institution: the product's, as it was then; day: on which its licence is judged."""
    return {
        "id": product.id,
        "source": product.source,
        "kind": product.kind,
        "type": type_of(product.terms),
        "code": product.code,
        "version": product.version,
        "known_since_at": product.valid_from,
        "name": product.name,
        "name_en": product.name_en,
        "status": product.status,
        "institution": None if institution is None else institution_summary(institution, day),
        "institution_note": NOT_IDENTIFIED if institution is None else None,
        "terms": TERMS.validate_python(product.terms),
    }


def product_answer(product: Product, institution: Institution | None, day: date) -> ProductAnswer:
    return ProductAnswer(**product_fields(product, institution, day))

"""Events of imports."""

from typing import Annotated, Literal
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Answer
from services.info_broker.imports.model import Import, Source

PRODUCTS_IMPORTED = "info_broker.products.imported.v1"
NET_VALUES_IMPORTED = "info_broker.net_values.imported.v1"
INSTITUTIONS_IMPORTED = "info_broker.institutions.imported.v1"


class Imported(Answer):
    """Up to a thousand rows of a file were taken; told also when all of them were unchanged or refused."""

    import_id: Annotated[UUID, TypeId("imp")]
    source: Literal["eastmoney.funds", "eastmoney.net_values", "institutions", "products"]
    accepted: int
    changed: int
    unchanged: int
    refused: int


def type_of(source: Source) -> str:
    kinds = {Source.INSTITUTIONS: INSTITUTIONS_IMPORTED, Source.EASTMONEY_NET_VALUES: NET_VALUES_IMPORTED}
    return kinds.get(source, PRODUCTS_IMPORTED)


def told(done: Import) -> Imported:
    return Imported(
        import_id=done.id,
        source=done.source.value,
        accepted=done.accepted,
        changed=done.changed,
        unchanged=done.unchanged,
        refused=len(done.refused),
    )

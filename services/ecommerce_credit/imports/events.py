"""Events of imports."""

from chassis.wire import Answer
from services.ecommerce_credit.imports.model import Import
from services.ecommerce_credit.wire_ids import ImportId

IMPORT_FINISHED = "ecommerce_credit.import.finished.v1"


class ImportFinished(Answer):
    """Up to a thousand rows of a marketplace's file were taken; told also when all of them were unchanged or refused.

    source: such as `olist.orders`; accepted: rows that are new.
    """

    import_id: ImportId
    source: str
    marketplace: str
    accepted: int
    changed: int
    unchanged: int
    refused: int


EVENT_TYPES: dict[str, type[Answer]] = {IMPORT_FINISHED: ImportFinished}


def told(done: Import) -> dict[str, object]:
    return ImportFinished(
        import_id=done.id,
        source=done.source,
        marketplace=done.marketplace,
        accepted=done.accepted,
        changed=done.changed,
        unchanged=done.unchanged,
        refused=len(done.refused),
    ).model_dump(mode="json")

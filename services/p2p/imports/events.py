"""Events of imports."""

from chassis.wire import Answer
from services.p2p.imports.model import Import
from services.p2p.wire_ids import ImportId

APPLICATIONS_IMPORTED = "p2p.applications.imported.v1"
RUNNING_LOANS_IMPORTED = "p2p.running_loans.imported.v1"


class Imported(Answer):
    """Up to a thousand rows of a file were taken; told also when all of them were unchanged or refused."""

    import_id: ImportId
    source: str
    accepted: int
    unchanged: int
    refused: int


EVENT_TYPES: dict[str, type[Answer]] = {APPLICATIONS_IMPORTED: Imported, RUNNING_LOANS_IMPORTED: Imported}


def told(done: Import) -> dict[str, object]:
    return Imported(
        import_id=done.id,
        source=done.source,
        accepted=done.accepted,
        unchanged=done.unchanged,
        refused=len(done.refused),
    ).model_dump(mode="json")

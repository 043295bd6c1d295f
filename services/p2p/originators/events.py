"""Events of originators."""

from datetime import date

from chassis.wire import Answer
from services.p2p.originators.model import Originator
from services.p2p.wire_ids import OriginatorId

ORIGINATOR_CHANGED = "p2p.originator.changed.v1"


class OriginatorTold(Answer):
    """An originator was registered, or has other terms; amounts in minor units."""

    originator_id: OriginatorId
    version: int
    licence_kind: str
    licensed_until_on: date | None
    suspended: bool
    currency: str
    capital_minor: int
    exposure_cap_minor: int


EVENT_TYPES: dict[str, type[Answer]] = {ORIGINATOR_CHANGED: OriginatorTold}


def told(originator: Originator) -> dict[str, object]:
    terms = originator.terms
    return OriginatorTold(
        originator_id=originator.id,
        version=originator.version,
        licence_kind=terms.licence_kind,
        licensed_until_on=terms.licensed_until_on,
        suspended=terms.suspended,
        currency=originator.currency,
        capital_minor=terms.capital_minor,
        exposure_cap_minor=terms.exposure_cap_minor,
    ).model_dump(mode="json")

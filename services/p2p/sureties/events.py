"""Events of sureties."""

from typing import Literal

from chassis.wire import Answer, Day
from services.p2p.sureties.model import Surety
from services.p2p.wire_ids import SuretyId

SURETY_CHANGED = "p2p.surety.changed.v1"


class SuretyTold(Answer):
    """A guarantor or originator became active, has other terms, or ended; amounts in minor units."""

    surety_id: SuretyId
    kind: Literal["guarantor", "originator"]
    state: Literal["opening", "active", "ended"]
    licensed_until: Day
    currency: str
    capital_minor: int
    cap_minor: int


EVENT_TYPES: dict[str, type[Answer]] = {SURETY_CHANGED: SuretyTold}


def told(surety: Surety) -> dict[str, object]:
    return SuretyTold(
        surety_id=surety.id,
        kind=surety.kind.value,
        state=surety.state.value,
        licensed_until=surety.licensed_until,
        currency=surety.currency,
        capital_minor=surety.capital_minor,
        cap_minor=surety.cap_minor,
    ).model_dump(mode="json")

"""Events of backers."""

from typing import Literal

from chassis.wire import Answer, Day
from services.p2p.backers.model import Backer
from services.p2p.wire_ids import BackerId

BACKER_CHANGED = "p2p.backer.changed.v1"


class BackerTold(Answer):
    """A guarantor or originator became active, has other terms, or ended; amounts in minor units."""

    backer_id: BackerId
    kind: Literal["guarantor", "originator"]
    state: Literal["opening", "active", "ended"]
    licensed_until: Day
    currency: str
    capital_minor: int
    cap_minor: int


EVENT_TYPES: dict[str, type[Answer]] = {BACKER_CHANGED: BackerTold}


def told(backer: Backer) -> dict[str, object]:
    return BackerTold(
        backer_id=backer.id,
        kind=backer.kind.value,
        state=backer.state.value,
        licensed_until=backer.licensed_until,
        currency=backer.currency,
        capital_minor=backer.capital_minor,
        cap_minor=backer.cap_minor,
    ).model_dump(mode="json")

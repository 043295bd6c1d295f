"""The states of a backer, and what it may promise.

| state | event | by | to |
|---|---|---|---|
| opening | open | its account stands in payments | active |
| active, opening | end | staff | ended |
| ended | resume | staff, its account being known | active |

opening is ended by its job. An ended backer pays what it promised; a licence that ran out bars new promises, not the old ones.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.p2p.backers.errors import LicenceNotValid
from services.p2p.backers.model import Backer, BackerKind, BackerState
from services.p2p.errors import NotAllowedInState
from services.p2p.programmes.model import LossBearer, Programme


class BackerEvent(StrEnum):
    OPEN = "open"
    END = "end"
    RESUME = "resume"


TRANSITIONS: Mapping[tuple[BackerState, BackerEvent], BackerState] = {
    (BackerState.OPENING, BackerEvent.OPEN): BackerState.ACTIVE,
    (BackerState.OPENING, BackerEvent.END): BackerState.ENDED,
    (BackerState.ACTIVE, BackerEvent.END): BackerState.ENDED,
    (BackerState.ENDED, BackerEvent.RESUME): BackerState.ACTIVE,
}
KINDS: Mapping[LossBearer, BackerKind] = {
    LossBearer.GUARANTOR: BackerKind.GUARANTOR,
    LossBearer.ORIGINATOR: BackerKind.ORIGINATOR,
}


def next_state(backer: Backer, event: BackerEvent) -> BackerState:
    """Where the event takes the backer. Raises NotAllowedInState."""
    state = TRANSITIONS.get((backer.state, event))
    if state is None or (event is BackerEvent.RESUME and backer.account_id is None):
        raise NotAllowedInState(f"a backer that is {backer.state} cannot {event}", state=backer.state.value)
    return state


def kinds_needed(programme: Programme) -> list[BackerKind]:
    """Who has to stand behind a listing of the programme beside the house."""
    return [KINDS[layer.bearer] for layer in programme.loss_waterfall if layer.bearer in KINDS]


def licensed(backer: Backer, day: date) -> bool:
    return backer.licensed_from <= day <= backer.licensed_until


def require_licence_dates(licensed_from: date, licensed_until: date, today: date) -> None:
    """Raises LicenceNotValid for one that ends before it begins, or has ended."""
    if licensed_until < licensed_from:
        raise LicenceNotValid("the licence ends before it begins", field="licensed_until")
    if licensed_until < today:
        raise LicenceNotValid("the licence has run out", field="licensed_until")


def most_backed(backer: Backer, programme: Programme) -> int:
    """What it may back in all, counted when it promises for a loan of the programme; minor units."""
    if backer.kind is not BackerKind.ORIGINATOR or programme.originator is None:
        return backer.cap_minor
    return min(backer.cap_minor, int(programme.originator.largest_exposure * Decimal(backer.capital_minor)))


def payable(backer: Backer, available_minor: int, claims_minor: int) -> int:
    """What it can pay now: what its deposit holds, and what its capital bears beside the claims it paid for."""
    return max(0, min(available_minor, backer.capital_minor - claims_minor))

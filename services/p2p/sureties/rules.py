"""The states of a surety, and what it may promise.

| state | event | by | to |
|---|---|---|---|
| opening | open | its account stands in payments | active |
| active, opening | end | staff | ended |
| ended | resume | staff, its account being known | active |

opening is ended by its job. An ended surety pays what it promised; a licence that ran out bars new promises, not the old ones.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.p2p.errors import NotAllowedInState
from services.p2p.programmes.model import LossBearer, Programme
from services.p2p.sureties.errors import LicenceNotValid
from services.p2p.sureties.model import Surety, SuretyKind, SuretyState


class SuretyEvent(StrEnum):
    OPEN = "open"
    END = "end"
    RESUME = "resume"


TRANSITIONS: Mapping[tuple[SuretyState, SuretyEvent], SuretyState] = {
    (SuretyState.OPENING, SuretyEvent.OPEN): SuretyState.ACTIVE,
    (SuretyState.OPENING, SuretyEvent.END): SuretyState.ENDED,
    (SuretyState.ACTIVE, SuretyEvent.END): SuretyState.ENDED,
    (SuretyState.ENDED, SuretyEvent.RESUME): SuretyState.ACTIVE,
}
KINDS: Mapping[LossBearer, SuretyKind] = {
    LossBearer.GUARANTOR: SuretyKind.GUARANTOR,
    LossBearer.ORIGINATOR: SuretyKind.ORIGINATOR,
}


def next_state(surety: Surety, event: SuretyEvent) -> SuretyState:
    """Where the event takes the surety. Raises NotAllowedInState."""
    state = TRANSITIONS.get((surety.state, event))
    if state is None or (event is SuretyEvent.RESUME and surety.account_id is None):
        raise NotAllowedInState(f"a surety that is {surety.state} cannot {event}", state=surety.state.value)
    return state


def kinds_needed(programme: Programme) -> list[SuretyKind]:
    """Who has to stand behind a listing of the programme beside the house."""
    return [KINDS[layer.bearer] for layer in programme.loss_waterfall if layer.bearer in KINDS]


def licensed(surety: Surety, day: date) -> bool:
    return surety.licensed_from <= day <= surety.licensed_until


def require_licence_dates(licensed_from: date, licensed_until: date, today: date) -> None:
    """Raises LicenceNotValid for one that ends before it begins, or has ended."""
    if licensed_until < licensed_from:
        raise LicenceNotValid("the licence ends before it begins", field="licensed_until")
    if licensed_until < today:
        raise LicenceNotValid("the licence has run out", field="licensed_until")


def most_backed(surety: Surety, programme: Programme) -> int:
    """What it may back in all, counted when it promises for a loan of the programme; minor units."""
    if surety.kind is not SuretyKind.ORIGINATOR or programme.originator is None:
        return surety.cap_minor
    return min(surety.cap_minor, int(programme.originator.largest_exposure * Decimal(surety.capital_minor)))


def payable(surety: Surety, available_minor: int, claims_minor: int) -> int:
    """What it can pay now: what its deposit holds, and what its capital bears beside the claims it paid for."""
    return max(0, min(available_minor, surety.capital_minor - claims_minor))

"""The states of what a borrower asks for.

| state | event | by | to |
|---|---|---|---|
| in_review | grant | operator, or time: nobody answered | granted |
| in_review | decline | operator | declined |
| in_review | withdraw | borrower | withdrawn |
| in_review | lapse | time: its case is closed | lapsed |

All but in_review are final. That nobody answers in time is not held against her: it is granted.
"""

from collections.abc import Mapping
from enum import StrEnum

from services.p2p.collections.model import RequestEvent, RequestState
from services.p2p.errors import NotAllowedInState


class Role(StrEnum):
    OPERATOR = "operator"
    BORROWER = "borrower"
    TIME = "time"


_BY: Mapping[RequestEvent, tuple[frozenset[Role], RequestState]] = {
    RequestEvent.GRANT: (frozenset({Role.OPERATOR, Role.TIME}), RequestState.GRANTED),
    RequestEvent.DECLINE: (frozenset({Role.OPERATOR}), RequestState.DECLINED),
    RequestEvent.WITHDRAW: (frozenset({Role.BORROWER}), RequestState.WITHDRAWN),
    RequestEvent.LAPSE: (frozenset({Role.TIME}), RequestState.LAPSED),
}


def next_state(state: RequestState, event: RequestEvent, role: Role) -> RequestState:
    """Raises NotAllowedInState."""
    roles, after = _BY[event]
    if state is not RequestState.IN_REVIEW or role not in roles:
        raise NotAllowedInState(f"a request that is {state} cannot {event}", state=state.value)
    return after

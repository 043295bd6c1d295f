"""The states of a line.

| state | event | by | to |
|---|---|---|---|
| open, expired | renew | owner, with another accepted limit | open |
| open | expire | time | expired |
| open, expired | close | owner, operator; when nothing is owed | closed |
| expired | settle | the last repayment, or time where nothing is owed | closed |

closed is final.
"""

from collections.abc import Iterable, Mapping

from chassis.identity import Caller
from services.ecommerce_credit.errors import NotAllowedInState, StillOwed
from services.ecommerce_credit.lines.model import Line, LineEvent, LineState, Role

OPERATE = "ecommerce_credit:operate"
ROLES: Mapping[LineEvent, frozenset[Role]] = {
    LineEvent.RENEW: frozenset({Role.OWNER}),
    LineEvent.EXPIRE: frozenset({Role.TIME}),
    LineEvent.CLOSE: frozenset({Role.OWNER, Role.OPERATOR}),
    LineEvent.SETTLE: frozenset({Role.TIME}),
}
TRANSITIONS: Mapping[tuple[LineState, LineEvent], LineState] = {
    (LineState.OPEN, LineEvent.RENEW): LineState.OPEN,
    (LineState.EXPIRED, LineEvent.RENEW): LineState.OPEN,
    (LineState.OPEN, LineEvent.EXPIRE): LineState.EXPIRED,
    (LineState.OPEN, LineEvent.CLOSE): LineState.CLOSED,
    (LineState.EXPIRED, LineEvent.CLOSE): LineState.CLOSED,
    (LineState.EXPIRED, LineEvent.SETTLE): LineState.CLOSED,
}


def next_state(line: Line, event: LineEvent, roles: Iterable[Role]) -> LineState:
    """Where the event takes the line. Raises NotAllowedInState, StillOwed."""
    if not ROLES[event] & set(roles):
        raise NotAllowedInState(f"to {event} a line is for another party", state=line.state.value)
    state = TRANSITIONS.get((line.state, event))
    if state is None:
        raise NotAllowedInState(f"a line that is {line.state} cannot {event}", state=line.state.value)
    if state is LineState.CLOSED and line.used_minor:
        raise StillOwed("the line owes, or may soon owe", outstanding_minor=line.outstanding_minor)
    return state


def roles_of(caller: Caller, line: Line) -> set[Role]:
    found = set()
    if caller.may(OPERATE):
        found.add(Role.OPERATOR)
    if caller.party == line.owner:
        found.add(Role.OWNER)
    return found

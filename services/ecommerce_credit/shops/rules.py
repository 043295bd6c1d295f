"""The states of a claim to a shop.

| state | event | by | to |
|---|---|---|---|
| pending | approve, decline | operator | approved, declined |
| pending | yield | another claim to the shop was approved | declined |
| pending | withdraw | customer | withdrawn |
| pending | expire | time | expired |
| approved | end | operator | ended |

An approved claim is what makes her the shop's owner; a shop has one at most.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chassis.identity import Caller
from services.ecommerce_credit.errors import NotAllowedInState
from services.ecommerce_credit.shops.model import ClaimEvent, ClaimState, Role, ShopClaim

OPERATE = "ecommerce_credit:operate"
MOST_PENDING = 20
"""Claims of one customer that wait for an operator."""
ROLES: Mapping[ClaimEvent, Role] = {
    ClaimEvent.APPROVE: Role.OPERATOR,
    ClaimEvent.DECLINE: Role.OPERATOR,
    ClaimEvent.YIELD: Role.SHOP,
    ClaimEvent.WITHDRAW: Role.CUSTOMER,
    ClaimEvent.EXPIRE: Role.TIME,
    ClaimEvent.END: Role.OPERATOR,
}
TRANSITIONS: Mapping[tuple[ClaimState, ClaimEvent], ClaimState] = {
    (ClaimState.PENDING, ClaimEvent.APPROVE): ClaimState.APPROVED,
    (ClaimState.PENDING, ClaimEvent.DECLINE): ClaimState.DECLINED,
    (ClaimState.PENDING, ClaimEvent.YIELD): ClaimState.DECLINED,
    (ClaimState.PENDING, ClaimEvent.WITHDRAW): ClaimState.WITHDRAWN,
    (ClaimState.PENDING, ClaimEvent.EXPIRE): ClaimState.EXPIRED,
    (ClaimState.APPROVED, ClaimEvent.END): ClaimState.ENDED,
}


def next_state(claim: ShopClaim, event: ClaimEvent, roles: Iterable[Role], now: datetime) -> ClaimState:
    """Where the event takes the claim. Raises NotAllowedInState."""
    if ROLES[event] not in set(roles):
        raise NotAllowedInState(f"to {event} a claim is for another party", state=claim.state.value)
    state = TRANSITIONS.get((claim.state, event))
    if state is None:
        raise NotAllowedInState(f"a claim that is {claim.state} cannot {event}", state=claim.state.value)
    if event is ClaimEvent.EXPIRE and (claim.due_at is None or claim.due_at > now):
        raise NotAllowedInState("the claim is not past its deadline", state=claim.state.value)
    return state


def roles_of(caller: Caller, claim: ShopClaim) -> set[Role]:
    found = set()
    if caller.may(OPERATE):
        found.add(Role.OPERATOR)
    if caller.party == claim.customer:
        found.add(Role.CUSTOMER)
    return found

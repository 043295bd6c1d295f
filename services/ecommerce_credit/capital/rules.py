"""The states of a movement of capital, and how much a funding party may take out.

| state | event | by | to |
|---|---|---|---|
| pending | finish | ledger made the transfer | done |
| pending | refuse | ledger refused it | refused |

done and refused are final; pending is ended by its job.
"""

from collections.abc import Mapping

from services.ecommerce_credit.capital.model import FundingParty, Movement, MovementEvent, MovementState, Position
from services.ecommerce_credit.errors import AboveContributed, FundersOnly, NotAllowedInState

TRANSITIONS: Mapping[tuple[MovementState, MovementEvent], MovementState] = {
    (MovementState.PENDING, MovementEvent.FINISH): MovementState.DONE,
    (MovementState.PENDING, MovementEvent.REFUSE): MovementState.REFUSED,
}


def next_state(movement: Movement, event: MovementEvent) -> MovementState:
    """Where the event takes the movement. Raises NotAllowedInState."""
    state = TRANSITIONS.get((movement.state, event))
    if state is None:
        raise NotAllowedInState(f"a movement that is {movement.state} cannot {event}", state=movement.state.value)
    return state


def require_funding(party: FundingParty | None) -> FundingParty:
    """Raises FundersOnly."""
    if party is None or party.ended_at is not None:
        raise FundersOnly("capital comes from registered funding parties")
    return party


def require_covered(position: Position, amount_minor: int) -> None:
    """Raises AboveContributed."""
    if amount_minor > position.free_minor:
        raise AboveContributed("more than she has in the lender", field="amount", free_minor=position.free_minor)

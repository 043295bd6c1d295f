"""The states of a commission.

| state | event | by | to |
|---|---|---|---|
| accrued | pay | the ledger moved it to the agent's wallet | paid |
| accrued | fail | the loan failed early | forfeited |
| paid | fail | the loan failed early | taking_back |
| paid | earn | time: the days of claw-back are over | earned |
| taking_back | take_back | the ledger moved it back | taken_back |

earned, taken_back and forfeited are final. The others are brought on by periodic work, again each day while the ledger refuses.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from finance.exact import rounded
from services.p2p.agents.model import CommissionEvent, CommissionState
from services.p2p.errors import NotAllowedInState

FAILED_DAYS = 30
"""Past due for longer than that, a loan has failed."""
AGAIN = timedelta(days=1)
S, E = CommissionState, CommissionEvent
TRANSITIONS: Mapping[tuple[CommissionState, CommissionEvent], CommissionState] = {
    (S.ACCRUED, E.PAY): S.PAID,
    (S.ACCRUED, E.FAIL): S.FORFEITED,
    (S.PAID, E.FAIL): S.TAKING_BACK,
    (S.PAID, E.EARN): S.EARNED,
    (S.TAKING_BACK, E.TAKE_BACK): S.TAKEN_BACK,
}


def next_state(state: CommissionState, event: CommissionEvent) -> CommissionState:
    """Raises NotAllowedInState."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise NotAllowedInState(f"a commission that is {state} cannot {event}", state=state.value)
    return after


def commission_of(principal_minor: int, rate: Decimal, origination_fee_minor: int) -> int:
    """Half up, and never more than the fee it is paid from."""
    return min(origination_fee_minor, rounded(principal_minor * Fraction(rate), "half_up"))

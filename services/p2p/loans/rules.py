"""The states of a loan.

| state | event | by | to |
|---|---|---|---|
| disbursing | disburse | ledger accepted the batch | repaying |
| disbursing | cancel | ledger refused the batch | cancelled |
| repaying | repay | a repayment of any row but the last was shared out | repaying |
| repaying | repay_last | that of the last row | repaid |

repaid and cancelled are final. disbursing is ended by its job.
"""

from collections.abc import Mapping

from services.p2p.errors import NotAllowedInState
from services.p2p.loans.model import Loan, LoanEvent, LoanState

TRANSITIONS: Mapping[tuple[LoanState, LoanEvent], LoanState] = {
    (LoanState.DISBURSING, LoanEvent.DISBURSE): LoanState.REPAYING,
    (LoanState.DISBURSING, LoanEvent.CANCEL): LoanState.CANCELLED,
    (LoanState.REPAYING, LoanEvent.REPAY): LoanState.REPAYING,
    (LoanState.REPAYING, LoanEvent.REPAY_LAST): LoanState.REPAID,
}


def next_state(loan: Loan, event: LoanEvent) -> LoanState:
    """Where the event takes the loan. Raises NotAllowedInState."""
    state = TRANSITIONS.get((loan.state, event))
    if state is None:
        raise NotAllowedInState(f"a loan that is {loan.state} cannot {event}", state=loan.state.value)
    return state

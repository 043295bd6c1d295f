"""The states of a loan.

| state | event | by | to |
|---|---|---|---|
| disbursing | disburse | ledger accepted the batch | repaying |
| disbursing | cancel | ledger refused the batch | cancelled |
| repaying | repay | a repayment that leaves something owed was shared out | repaying |
| repaying | repay_last | one that leaves nothing | repaid |
| repaying, repaid | take_back | a repayment was reversed | repaying |
| repaid | take_back_loss | that of a loan which had been given up | written_off |
| repaying | agree_anew | the borrower accepted other terms | repaying |
| repaying | write_off | a second person of staff agreed | written_off |
| written_off | repay, take_back | something was recovered, or bounced | written_off |
| written_off | repay_last | all of it was recovered | repaid |

cancelled is final, and repaid but for what bounces afterwards. disbursing is ended by its job. How late a loan is is no state: it
follows from its rows and the day.
"""

from collections.abc import Mapping

from services.p2p.errors import NotAllowedInState
from services.p2p.loans.model import Loan, LoanEvent, LoanState

TRANSITIONS: Mapping[tuple[LoanState, LoanEvent], LoanState] = {
    (LoanState.DISBURSING, LoanEvent.DISBURSE): LoanState.REPAYING,
    (LoanState.DISBURSING, LoanEvent.CANCEL): LoanState.CANCELLED,
    (LoanState.REPAYING, LoanEvent.REPAY): LoanState.REPAYING,
    (LoanState.REPAYING, LoanEvent.REPAY_LAST): LoanState.REPAID,
    (LoanState.REPAYING, LoanEvent.TAKE_BACK): LoanState.REPAYING,
    (LoanState.REPAID, LoanEvent.TAKE_BACK): LoanState.REPAYING,
    (LoanState.REPAID, LoanEvent.TAKE_BACK_LOSS): LoanState.WRITTEN_OFF,
    (LoanState.REPAYING, LoanEvent.AGREE_ANEW): LoanState.REPAYING,
    (LoanState.REPAYING, LoanEvent.WRITE_OFF): LoanState.WRITTEN_OFF,
    (LoanState.WRITTEN_OFF, LoanEvent.REPAY): LoanState.WRITTEN_OFF,
    (LoanState.WRITTEN_OFF, LoanEvent.TAKE_BACK): LoanState.WRITTEN_OFF,
    (LoanState.WRITTEN_OFF, LoanEvent.REPAY_LAST): LoanState.REPAID,
}


def next_state(loan: Loan, event: LoanEvent) -> LoanState:
    """Where the event takes the loan. Raises NotAllowedInState."""
    state = TRANSITIONS.get((loan.state, event))
    if state is None:
        raise NotAllowedInState(f"a loan that is {loan.state} cannot {event}", state=loan.state.value)
    return state

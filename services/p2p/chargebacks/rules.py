"""The states of a chargeback and of a debt, and who bears what.

| chargeback | event | by | to |
|---|---|---|---|
| noted | book | its pledge or its loan's debit is known, nothing of its project or loan is under way | booked |
| noted | give_up | time: nothing was paid with that debit | unmatched |

A debt is owed until what was repaid and what the house covered make it up; then it is settled. Tried every day: what her wallet has, at
most what is left; from `house_at` on, the house for what she has not.

A debit that its bank takes back: its repayment is taken back, where that is all or more of what it was used for; what that does not make
up — what was not due any more and went to the borrower, a dispute's fee, and all of it where the repayment has to stand — she owes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.p2p.chargebacks.model import Bearing, Chargeback, ChargebackEvent, ChargebackState, Debt, Payer
from services.p2p.debiting.model import DebitState, LoanDebit
from services.p2p.errors import NotAllowedInState
from services.p2p.pledges.model import Pledge
from services.p2p.projects.model import ProjectState
from services.p2p.repayments.model import RepaymentState

LOOK_DAYS = 7
"""So long a pledge is looked for that a debit has paid."""
LOOK_AGAIN = timedelta(minutes=1)
TRY_AGAIN = timedelta(days=1)
HOUSE_DAYS = 90
"""After so long the house bears what a debtor has not repaid."""
S, E = ChargebackState, ChargebackEvent
TRANSITIONS: Mapping[tuple[ChargebackState, ChargebackEvent], ChargebackState] = {
    (S.NOTED, E.BOOK): S.BOOKED,
    (S.NOTED, E.GIVE_UP): S.UNMATCHED,
}
UNDECIDED = frozenset({DebitState.ASKED, DebitState.SENT, DebitState.ADVANCED, DebitState.BOUNCED})
"""States of a debit in which it is not known here that its bank had paid it."""
NEVER_PAID = frozenset({DebitState.FAILED, DebitState.UNWOUND})
"""As far as is known here: that the bank paid late is told before that it took it back."""
PAID_LATE = frozenset({DebitState.LATE, DebitState.RETURNED})
"""States in which all of it goes to the borrower: what was shared out before its bank refused was taken back then."""
SPENDING = frozenset({ProjectState.COLLECTING, ProjectState.FUNDED})
"""States in which all that a project has may still go somewhere else."""


def next_state(chargeback: Chargeback, event: ChargebackEvent) -> ChargebackState:
    """Where the event takes the chargeback. Raises NotAllowedInState."""
    state = TRANSITIONS.get((chargeback.state, event))
    if state is None:
        raise NotAllowedInState(f"a chargeback that is {chargeback.state} cannot {event}", state=chargeback.state.value)
    return state


def bearing(
    chargeback: Chargeback, pledge: Pledge, state: ProjectState, *, held_minor: int, share_minor: int
) -> Bearing:
    """Who bears it. held_minor: what the project has; share_minor: of a refund under way, what is still to be paid to this backer.

    What she has now twice, by refund and by her bank, is hers to give back. Of the rest the project pays with what is promised to nobody
    else: all of it until it is refunded, then her own share; what is missing went to the creator.
    """
    twice = _beyond(pledge, chargeback.amount_minor) - _beyond(pledge, 0)
    rest = chargeback.whole_minor - twice
    has = held_minor if state in SPENDING else share_minor
    project = min(rest, max(has, 0))
    return Bearing(project, rest - project, twice)


def waits(debit: LoanDebit, repayment: RepaymentState | None) -> bool:
    """Whether what its bank takes back of a debit cannot be booked yet: it has not come to its end here."""
    return debit.state in UNDECIDED or repayment is RepaymentState.PENDING


def to_take_back(chargeback: Chargeback, debit: LoanDebit, repayment: RepaymentState | None) -> bool:
    """Whether its repayment is: a part of it cannot be."""
    return repayment is RepaymentState.SHARED and chargeback.amount_minor >= debit.used_minor


def made_up(chargeback: Chargeback, debit: LoanDebit, repayment: RepaymentState | None, before_minor: int) -> int:
    """What the repayment gives back to the loan's account, less what it made up of chargebacks of the debit before this one."""
    if debit.state in PAID_LATE or repayment not in (RepaymentState.REVERSING, RepaymentState.REVERSED):
        return 0
    return min(debit.used_minor - before_minor, chargeback.whole_minor)


def _beyond(pledge: Pledge, more_minor: int) -> int:
    """What a backer has back beyond what she paid, with so much more from her bank."""
    return max(0, pledge.refunded_minor + pledge.reversed_minor + more_minor - pledge.amount_minor)


def a_try(debt: Debt, available_minor: int, now: datetime) -> tuple[Payer, int] | None:
    """From whom the next transfer comes, and how much; None if there is nothing to be had yet. A borrower's house has paid before: it
    gives up."""
    hers = min(debt.left_minor, max(available_minor, 0))
    if hers:
        return Payer.DEBTOR, hers
    return (Payer.HOUSE, debt.left_minor) if now >= debt.house_at else None

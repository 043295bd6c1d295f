"""The states of a repayment, what it must be, and whose it is.

| state | event | by | to |
|---|---|---|---|
| pending | share | ledger accepted the batch | shared |
| pending | refuse | ledger refused the batch | refused |

shared and refused are final; pending is ended by its job. A refused row may be repaid again: another attempt, with other transfers.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from finance.sharing import share_interest, share_principal
from services.p2p.claims.model import Claim, Stretch
from services.p2p.claims.rules import interest_weights
from services.p2p.errors import AmountDiffers, CurrencyDiffers, NotAllowedInState
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.repayments.model import Repayment, RepaymentState, Share, ShareKind
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text


class RepaymentEvent(StrEnum):
    SHARE = "share"
    REFUSE = "refuse"


TRANSITIONS: Mapping[tuple[RepaymentState, RepaymentEvent], RepaymentState] = {
    (RepaymentState.PENDING, RepaymentEvent.SHARE): RepaymentState.SHARED,
    (RepaymentState.PENDING, RepaymentEvent.REFUSE): RepaymentState.REFUSED,
}


def next_state(repayment: Repayment, event: RepaymentEvent) -> RepaymentState:
    """Where the event takes the repayment. Raises NotAllowedInState."""
    state = TRANSITIONS.get((repayment.state, event))
    if state is None:
        raise NotAllowedInState(f"a repayment that is {repayment.state} cannot {event}", state=repayment.state.value)
    return state


def require_the_instalment(row: LoanRow, loan: Loan, *, amount_minor: int, currency: str) -> None:
    """A repayment is exactly the oldest unpaid instalment. Raises CurrencyDiffers, AmountDiffers."""
    if currency != loan.currency:
        raise CurrencyDiffers(f"the loan is in {loan.currency}", field="currency")
    if amount_minor != row.payment_minor:
        raise AmountDiffers(
            "the amount is not that of the next instalment",
            field="amount",
            row=row.number,
            payment_minor=row.payment_minor,
        )


def shares_of(
    repayment: Repayment, row: LoanRow, claims: Sequence[Claim], stretches: Sequence[Stretch] = ()
) -> list[Share]:
    """Every holder's principal and interest, Σ = the row's. Parts of 0 are left out.

    Principal by outstanding claim; interest by claim and days held within the row; ties by a hash of loan, row and holder.
    """
    loan, holders = loan_text(repayment.loan_id), {claim.holder: claim for claim in claims}
    outstanding = {name: claim.outstanding_minor for name, claim in holders.items()}
    principal = share_principal(repayment.principal_minor, outstanding, loan=loan, row=row.number)
    weights = interest_weights(claims, stretches, row.from_on, row.due_on)
    interest = share_interest(repayment.interest_minor, weights, loan=loan, row=row.number)
    parts = ((ShareKind.PRINCIPAL, principal), (ShareKind.INTEREST, interest))
    return [
        _share(repayment, row, holders[name], kind, amount)
        for kind, amounts in parts
        for name, amount in amounts.items()
        if amount
    ]


def _share(repayment: Repayment, row: LoanRow, claim: Claim, kind: ShareKind, amount: int) -> Share:
    return Share(
        repayment_id=repayment.id,
        claim_id=claim.id,
        kind=kind,
        holder=claim.holder,
        account_id=claim.account_id,
        amount_minor=amount,
        transfer_id=transfer_id(repayment, row, claim.holder, kind),
    )


def transfer_id(repayment: Repayment, row: LoanRow, holder: str, kind: ShareKind) -> UUID:
    """The same for a loan, row, attempt, holder and kind, whenever and by whomever it is worked out."""
    instant = datetime.combine(row.from_on, time(), tzinfo=repayment.requested_at.tzinfo)
    return derived(
        instant, repayment.account_id, "repay", repayment.loan_id, row.number, repayment.attempt, holder, kind
    )

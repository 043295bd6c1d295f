"""The states of a compensation, who is asked next, and what each holder is paid.

| state | event | by | to |
|---|---|---|---|
| pending | pay | ledger accepted the batch | paid |
| pending | refuse | ledger refused the batch | refused |

paid and refused are final; pending is ended by its job. After a refusal the next round decides anew, with other transfers.

A layer takes over `share` of all principal that is still owed to lenders, due or not (with the interest earned on it by then, where it
covers that), once the oldest unpaid row is `after_days` past due. Of a loan it has to hold that share; what it lacks of it, because
money ran out or a repayment was taken back since, it owes the lenders still.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

from finance.ageing import accrues_to, days_past_due
from finance.sharing import share_interest, share_principal
from services.p2p.claims.cession_rules import Earned, interest_weights, whole_weight
from services.p2p.claims.model import Cession, Claim, RepaidPrincipal
from services.p2p.errors import NotAllowedInState
from services.p2p.loans.model import LoanRow
from services.p2p.losses.model import Compensation, CompensationShare, CompensationState, LayerDue
from services.p2p.programmes.model import Covered, LossLayer, Programme
from services.p2p.repayments.model import Part, PartKind
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text

WORTH_PAYING_MINOR = 100
"""What is left of a fund by rounding pays nobody."""
WORTH_ANOTHER = 100
"""After the first payment for a loan the next is a hundredth of what is asked at least: a loan has a bounded number of them."""


class CompensationEvent(StrEnum):
    PAY = "pay"
    REFUSE = "refuse"


TRANSITIONS: Mapping[tuple[CompensationState, CompensationEvent], CompensationState] = {
    (CompensationState.PENDING, CompensationEvent.PAY): CompensationState.PAID,
    (CompensationState.PENDING, CompensationEvent.REFUSE): CompensationState.REFUSED,
}


def next_state(compensation: Compensation, event: CompensationEvent) -> CompensationState:
    """Where the event takes the compensation. Raises NotAllowedInState."""
    state = TRANSITIONS.get((compensation.state, event))
    if state is None:
        detail = f"a compensation that is {compensation.state} cannot {event}"
        raise NotAllowedInState(detail, state=compensation.state.value)
    return state


def lateness(unpaid: Sequence[LoanRow], day: date) -> int:
    """Days past due of the oldest unpaid row; rows are rolled already."""
    return days_past_due(_oldest(unpaid), day)


def layers_due(programme: Programme, days: int) -> list[LossLayer]:
    return [layer for layer in programme.loss_waterfall if layer.after_days <= days and days > 0]


def interest_earned(programme: Programme, unpaid: Sequence[LoanRow], day: date, compensation_id: UUID) -> list[Part]:
    """What lenders earned up to that day and were not paid, row by row, each rounded down; without late interest.

    Nothing is earned once the loan has been past due for as long as its programme says.
    """
    stops_on = accrues_to(_oldest(unpaid), day, stops_after_days=programme.accrual_stop_days)
    found = []
    for row in unpaid:
        to_on = min(row.due_on, stops_on)
        earned = row.interest_minor * max(0, (to_on - row.from_on).days) // max(1, (row.due_on - row.from_on).days)
        if earned > row.interest_paid_minor:
            left = earned - row.interest_paid_minor
            found.append(Part(compensation_id, row.number, PartKind.INTEREST, left, row.from_on, to_on))
    return found


def asked_of(layer: LossLayer, claims: Sequence[Claim], payer: str, payers: Collection[str]) -> int:
    """Principal that a layer lacks of its share. payers: everybody who holds claims because of losses, whose claims nobody covers."""
    lenders = sum(claim.outstanding_minor for claim in claims if claim.holder not in payers)
    held = sum(claim.outstanding_minor for claim in claims if claim.holder == payer)
    return min(lenders, max(0, int(layer.share * (lenders + held)) - held))


def principal_payable(asked_minor: int, lenders_minor: int, interest_minor: int, available_minor: int) -> int:
    """Principal that money is enough for, with the interest on it; interest_minor is that on all that lenders hold."""
    enough_for = max(0, available_minor) * lenders_minor // (lenders_minor + interest_minor)
    return min(asked_minor, enough_for)


def worth_paying(principal_minor: int, asked_minor: int, *, first: bool) -> bool:
    """Principal of a payment, against what is asked. All that is asked always is."""
    if principal_minor < min(asked_minor, WORTH_PAYING_MINOR):
        return False
    return principal_minor > 0 and (first or principal_minor * WORTH_ANOTHER >= asked_minor)


def too_little(available_minor: int, due: LayerDue) -> bool:
    """Whether it may be for want of money that nothing more is paid for a loan: then nobody further back is paid of it either.

    Twice what is worth paying, for interest goes with the principal.
    """
    if available_minor < min(due.asked_minor, 2 * WORTH_PAYING_MINOR):
        return True
    return due.paid_minor > 0 and available_minor * WORTH_ANOTHER < 2 * due.asked_minor


def lenders_interest(
    loan_id: UUID,
    parts: Sequence[Part],
    claims: Sequence[Claim],
    cessions: Sequence[Cession],
    payers: Collection[str],
    repaid: Sequence[RepaidPrincipal] | None = None,
) -> dict[str, int]:
    """Of interest earned, what lenders earned on the claims that they hold now, by holder.

    What they kept of claims that passed on before, without it, is not paid for: it stays theirs; nor are days of what they hold that are
    the seller's of whom they bought. repaid: as `interest_weights` has it; what was earned on that stays theirs too.
    """
    holders = {claim.id: claim.holder for claim in claims}
    sold = [one for one in cessions if holders[one.to_claim_id] not in payers]
    found = dict.fromkeys(holders.values(), 0)
    for part in parts:
        earned = Earned(part.from_on, part.to_on, False)
        weights = dict(interest_weights(claims, sold, earned, at_most_held=True, repaid=repaid))
        weights[_OTHERS] = whole_weight(claims, earned, repaid) - sum(weights.values())
        shared = share_interest(part.amount_minor, weights, loan=loan_text(loan_id), row=part.row_number)
        for holder in found:
            found[holder] += shared[holder]
    return {holder: amount for holder, amount in found.items() if holder not in payers}


_OTHERS = ""
"""No holder: days that are not paid for."""


def shares_of(
    compensation: Compensation, claims: Sequence[Claim], interest: Mapping[str, int], payers: Collection[str]
) -> list[CompensationShare]:
    """Principal by outstanding claim, to the minor unit and never above it; of each one's interest the same part, rounded down."""
    owed = {claim.holder: claim for claim in claims if claim.outstanding_minor and claim.holder not in payers}
    lenders = sum(claim.outstanding_minor for claim in owed.values())
    weights = {holder: claim.outstanding_minor for holder, claim in owed.items()}
    # A number below 0 tells these shares from those of any row.
    loan, number = loan_text(compensation.loan_id), -compensation.attempt
    principal = share_principal(compensation.principal_minor, weights, loan=loan, row=number)
    shares = [
        CompensationShare(
            compensation_id=compensation.id,
            claim_id=claim.id,
            holder=holder,
            account_id=claim.account_id,
            principal_minor=principal[holder],
            interest_minor=interest.get(holder, 0) * compensation.principal_minor // lenders,
        )
        for holder, claim in owed.items()
    ]
    return [share for share in shares if share.principal_minor]


def transfer_id(compensation: Compensation, holder: str, kind: str, account_id: UUID) -> UUID:
    """The same for a loan, attempt, holder and kind, whenever it is worked out; in the book where the holder's account is."""
    return derived(
        compensation.requested_at,
        account_id,
        "loss",
        compensation.loan_id,
        compensation.attempt,
        holder,
        kind,
    )


def covers_interest(layer_covers: Covered) -> bool:
    return layer_covers is Covered.PRINCIPAL_AND_INTEREST


def interest_from(covers: Covered, unpaid: Sequence[LoanRow], day: date) -> date:
    """The day from which interest goes with what is paid for: rows before it were paid, and what comes of them is their holders'."""
    return min(row.from_on for row in unpaid) if covers_interest(covers) else day


def _oldest(unpaid: Sequence[LoanRow]) -> date | None:
    return min((row.due_on for row in unpaid if row.payment_minor), default=None)

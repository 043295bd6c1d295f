"""What is expected of a claim, what it yields, and what each earned of a row's interest."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from finance.errors import FinanceError
from finance.exact import rounded
from finance.returns import xirr
from services.p2p.claims.model import Claim, Expected, Received, Stretch, Trade
from services.p2p.loans.model import Loan, LoanRow


def expected_of(
    claim: Claim, loan: Loan, unpaid: Sequence[LoanRow], stretches: Sequence[Stretch] = ()
) -> list[Expected]:
    """The claim's part of every unpaid row, in proportion to what is outstanding. Σ principal is the claim exactly.

    Interest of stretches goes to who kept it.
    """
    if not loan.outstanding_minor:
        return []
    share = Fraction(claim.outstanding_minor, loan.outstanding_minor)
    found, left = [], claim.outstanding_minor
    for row in unpaid:
        principal = left if row is unpaid[-1] else min(left, rounded(row.principal_minor * share, "half_up"))
        left -= principal
        interest = row.interest_minor * share + _kept(claim, loan, row, stretches)
        found.append(Expected(row.due_on, principal, max(0, rounded(interest, "half_up"))))
    return found


def accrued_minor(
    claim: Claim, loan: Loan, unpaid: Sequence[LoanRow], day: date, stretches: Sequence[Stretch] = ()
) -> int:
    """Interest earned and not yet received on that day, by days of each row gone by, rounded down."""
    if not loan.outstanding_minor:
        return 0
    earned = kept = Fraction(0)
    for row in unpaid:
        gone = min(max(0, (day - row.from_on).days), row.days)
        earned += Fraction(row.interest_minor * gone, max(1, row.days))
        kept += _kept(claim, loan, row, stretches)
    return max(0, int(earned * claim.outstanding_minor / loan.outstanding_minor + kept))


def _kept(claim: Claim, loan: Loan, row: LoanRow, stretches: Sequence[Stretch]) -> Fraction:
    """Of a row's interest, what a claim earned by its stretches, less what others keep of it."""
    signed = 0
    for stretch in stretches:
        common = (min(stretch.to_on, row.due_on) - max(stretch.from_on, row.from_on)).days
        side = (claim.id == stretch.seller_claim_id) - (claim.id == stretch.buyer_claim_id)
        signed += side * max(0, common) * stretch.principal_minor
    return Fraction(row.interest_minor * signed, max(1, row.days) * loan.outstanding_minor)


def interest_weights(
    claims: Sequence[Claim], stretches: Sequence[Stretch], from_on: date, to_on: date
) -> Mapping[str, int]:
    """Principal × days of each holder over the days of a row: what its interest is shared by.

    Who holds a claim when the row is shared earned all of its days, for a buyer has paid the seller for those gone by; except for
    the stretches, which go back to their sellers. A stretch counts for the days that it has in common with the row.
    """
    days = (to_on - from_on).days
    weights = {claim.holder: claim.outstanding_minor * max(1, days) for claim in claims}
    holders = {claim.id: claim.holder for claim in claims}
    for stretch in stretches:
        common = (min(stretch.to_on, to_on) - max(stretch.from_on, from_on)).days
        if common > 0:
            weights[holders[stretch.seller_claim_id]] += stretch.principal_minor * common
            weights[holders[stretch.buyer_claim_id]] -= stretch.principal_minor * common
    return {holder: max(0, weight) for holder, weight in weights.items()}


def yield_of(flows: Iterable[tuple[date, int]]) -> float | None:
    """XIRR of dated flows; None where they have no rate, or not one only."""
    try:
        return xirr(list(flows))
    except FinanceError:
        return None


def flows_of(
    claim: Claim, loan: Loan, trades: Sequence[Trade], received: Sequence[Received], expected: Sequence[Expected]
) -> list[tuple[date, int]]:
    """Money out when it was funded or bought, what came back, also by selling, and what is still expected."""
    lent = [(loan.starts_on, -claim.funded_minor)] if claim.funded_minor else []
    traded = [(one.traded_on, one.money_minor) for one in trades]
    back = [(one.received_on, one.principal_minor + one.interest_minor) for one in received]
    ahead = [(one.due_on, one.principal_minor + one.interest_minor) for one in expected]
    return [*lent, *traded, *back, *ahead]

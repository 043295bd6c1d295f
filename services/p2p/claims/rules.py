"""What is expected of a claim, and what it yields."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from finance.errors import FinanceError
from finance.exact import rounded
from finance.returns import xirr
from services.p2p.claims.model import Claim, Expected, Received
from services.p2p.loans.model import Loan, LoanRow


def expected_of(claim: Claim, loan: Loan, unpaid: Sequence[LoanRow]) -> list[Expected]:
    """The claim's part of every unpaid row, in proportion to what is outstanding. Σ principal is the claim exactly."""
    if not loan.outstanding_minor:
        return []
    share = Fraction(claim.outstanding_minor, loan.outstanding_minor)
    found, left = [], claim.outstanding_minor
    for row in unpaid:
        principal = left if row is unpaid[-1] else min(left, rounded(row.principal_left_minor * share, "half_up"))
        left -= principal
        found.append(Expected(row.due_on, principal, rounded(row.interest_left_minor * share, "half_up")))
    return found


def accrued_minor(claim: Claim, loan: Loan, unpaid: Sequence[LoanRow], day: date) -> int:
    """Interest earned and not yet received on that day, by days of each row gone by, rounded down."""
    if not loan.outstanding_minor:
        return 0
    earned = Fraction(0)
    for row in unpaid:
        gone = min(max(0, (day - row.from_on).days), row.days)
        earned += max(Fraction(0), Fraction(row.interest_minor * gone, max(1, row.days)) - row.interest_paid_minor)
    return int(earned * claim.outstanding_minor / loan.outstanding_minor)


def yield_of(flows: Iterable[tuple[date, int]]) -> float | None:
    """XIRR of dated flows; None where they have no rate, or not one only."""
    try:
        return xirr(list(flows))
    except FinanceError:
        return None


def flows_of(claim: Claim, received: Sequence[Received], expected: Sequence[Expected]) -> list[tuple[date, int]]:
    """Money out when it was funded, what came back, and what is still expected."""
    back = [(one.received_on, one.principal_minor + one.interest_minor) for one in received]
    ahead = [(one.due_on, one.principal_minor + one.interest_minor) for one in expected]
    return [(claim.held_from_on, -claim.funded_minor), *back, *ahead]

"""What is expected of a claim, and what it yields."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from finance.errors import FinanceError
from finance.exact import rounded
from finance.returns import xirr
from services.p2p.claims.model import Cession, Claim, Expected, Received, Trade
from services.p2p.loans.model import Loan, LoanRow


def expected_of(
    claim: Claim, loan: Loan, unpaid: Sequence[LoanRow], cessions: Sequence[Cession] = ()
) -> list[Expected]:
    """The claim's part of every unpaid row, in proportion to what is outstanding. Σ principal is the claim exactly.

    Interest of the days before a cession goes to who ceded.
    """
    if not loan.outstanding_minor:
        return []
    share = Fraction(claim.outstanding_minor, loan.outstanding_minor)
    found, left = [], claim.outstanding_minor
    for row in unpaid:
        principal = left if row is unpaid[-1] else min(left, rounded(row.principal_left_minor * share, "half_up"))
        left -= principal
        interest = row.interest_left_minor * _earned_share(claim, loan, row, max(1, row.days), cessions)
        found.append(Expected(row.due_on, principal, rounded(interest, "half_up")))
    return found


def accrued_minor(
    claim: Claim, loan: Loan, unpaid: Sequence[LoanRow], day: date, cessions: Sequence[Cession] = ()
) -> int:
    """Interest earned and not yet received on that day, by days of each row gone by, rounded down."""
    if not loan.outstanding_minor:
        return 0
    accrued = Fraction(0)
    for row in unpaid:
        gone = min(max(0, (day - row.from_on).days), row.days)
        if gone:
            left = max(Fraction(0), Fraction(row.interest_minor * gone, row.days) - row.interest_paid_minor)
            accrued += left * _earned_share(claim, loan, row, gone, cessions)
    return int(accrued)


def _earned_share(claim: Claim, loan: Loan, row: LoanRow, days: int, cessions: Sequence[Cession]) -> Fraction:
    """A claim's part of what the first days of a row earned: its principal's, what it kept of what it ceded, less what others keep."""
    signed = claim.outstanding_minor * days
    for one in cessions:
        side = (claim.id == one.from_claim_id) - (claim.id == one.to_claim_id)
        kept = min(days, max(0, (one.interest_from_on - row.from_on).days))
        signed += side * kept * one.principal_minor
    return Fraction(max(0, signed), days * loan.outstanding_minor)


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
    back = [(one.received_on, one.principal_minor + one.interest_minor - one.fee_minor) for one in received]
    ahead = [(one.due_on, one.principal_minor + one.interest_minor) for one in expected]
    return [*lent, *traded, *back, *ahead]

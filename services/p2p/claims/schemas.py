"""Claims on the wire: a lender's portfolio."""

from datetime import datetime

from chassis import wire
from services.p2p.claims.model import Expected
from services.p2p.loans.schemas import StateName
from services.p2p.wire_ids import AccountId, ClaimId, LoanId


class ExpectedAnswer(wire.Answer):
    """To within a minor unit a row; the exact share is fixed when the row is repaid."""

    due_on: wire.Day
    principal_minor: int
    interest_minor: int


class ClaimAnswer(wire.Answer):
    """xirr: yearly, of what was paid and received and is still expected; accrued_minor: interest earned, not yet received."""

    id: ClaimId
    loan_id: LoanId
    holder: str
    account_id: AccountId
    currency: str
    grade: str
    programme: str
    annual_rate: wire.Rate
    loan_state: StateName
    funded_minor: int
    outstanding_minor: int
    principal_received_minor: int
    interest_received_minor: int
    late_received_minor: int
    accrued_minor: int
    overdue: bool
    next_due_on: wire.Day | None
    xirr: str | None
    expected: list[ExpectedAnswer]
    version: int
    changed_at: datetime


class PortfolioAnswer(wire.Answer):
    """One currency of a lender's open and past claims. xirr: of all money paid and received, what is outstanding taken at par today.

    by_state: outstanding by state of the loan (`current`, `overdue`, `repaid`); expected: by due day, over all claims.
    """

    currency: str
    claims: int
    funded_minor: int
    outstanding_minor: int
    principal_received_minor: int
    interest_received_minor: int
    accrued_minor: int
    largest_share: str | None
    by_state: dict[str, int]
    xirr: str | None
    expected: list[ExpectedAnswer]


class PortfoliosAnswer(wire.Answer):
    """complete: False where only the newest claims are counted."""

    items: list[PortfolioAnswer]
    complete: bool


def expected_answer(expected: Expected) -> ExpectedAnswer:
    return ExpectedAnswer(
        due_on=expected.due_on, principal_minor=expected.principal_minor, interest_minor=expected.interest_minor
    )


def rate_text(rate: float | None) -> str | None:
    return None if rate is None else f"{rate:.6f}"

"""Claims on the wire: a lender's portfolio."""

from dataclasses import asdict
from datetime import datetime

from chassis import wire
from services.p2p.claims.gains import Year
from services.p2p.claims.model import Expected
from services.p2p.loans.schemas import StateName
from services.p2p.wire_ids import AccountId, ClaimId, LoanId


class ExpectedAnswer(wire.Answer):
    """To within a minor unit a row; the exact share is fixed when the row is repaid."""

    due_on: wire.Day
    principal_minor: int
    interest_minor: int


class ClaimAnswer(wire.Answer):
    """xirr: yearly, of what was paid and received and is still expected; accrued_minor: interest earned, not yet received.

    collection_fees_minor: what of what was received the platform kept, for it came late.
    """

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
    bought_minor: int
    sold_minor: int
    compensated_minor: int
    held_from_on: wire.Day
    bucket: str
    collection_fees_minor: int


class Concentration(wire.Answer):
    """Of what is outstanding: shares of the borrowers who owe most, amounts by grade and by programme."""

    largest_borrower_share: str | None
    ten_largest_borrowers_share: str | None
    by_grade: dict[str, int]
    by_programme: dict[str, int]


class MonthAnswer(wire.Answer):
    """month: `2026-12`."""

    month: str
    principal_minor: int
    interest_minor: int


class PortfolioAnswer(wire.Answer):
    """One currency of a lender's open and past claims. xirr: of all money paid and received, what is outstanding taken at par today.

    by_state: outstanding by state (`current`, `overdue`, `repaid`, `sold`, `compensated`); by_bucket: likewise with `M0` to `M6+` by days
    past due; expected: by due day, over all claims. doubtful_minor: what is more than 90 days past due; xirr_net: with that as lost;
    both yields are after fees.
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
    doubtful_minor: int
    xirr_net: str | None
    by_bucket: dict[str, int]
    concentration: Concentration
    expected_by_month: list[MonthAnswer]


class YearAnswer(wire.Answer):
    """A year's figures in one currency, minor units. net_minor: interest, gains and losses, less fees.

    interest_received_minor: from borrowers; accrued_sold_minor, accrued_bought_minor: interest in prices of claims, received and paid.
    compensated_minor, compensated_interest_minor: principal and interest that others paid or bore in the borrower's place.
    holding_interest_minor: from partners, for days on which they had money that was hers.
    gains_minor, losses_minor: of claims sold or repaid, over what they had cost on average.
    """

    currency: str
    interest_received_minor: int
    accrued_sold_minor: int
    accrued_bought_minor: int
    gains_minor: int
    losses_minor: int
    fees_minor: int
    net_minor: int
    principal_received_minor: int
    funded_minor: int
    bought_minor: int
    sold_minor: int
    compensated_minor: int
    compensated_interest_minor: int
    holding_interest_minor: int


class StatementAnswer(wire.Answer):
    year: int
    holder: str
    items: list[YearAnswer]


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


def year_answer(currency: str, year: Year) -> YearAnswer:
    return YearAnswer(currency=currency, net_minor=year.net_minor, **asdict(year))

"""Records as tests need them where only a few fields matter."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from services.p2p.loans.model import Loan, LoanState

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


def loan_of(loan_id: UUID, principal: int, rate: Decimal, months: int, starts_on: date) -> Loan:
    return Loan(
        id=loan_id,
        listing_id=UUID(int=1),
        application_id=UUID(int=2),
        borrower="cus_borrower",
        grade="A",
        programme_code="open_auction",
        programme_version=1,
        principal_minor=principal,
        currency="CNY",
        annual_rate=rate,
        term_months=months,
        method="equal_instalment",
        day_count="30/360",
        origination_fee_minor=0,
        reserve_contribution_minor=0,
        all_in_rate=rate,
        ceiling_rate=Decimal("0.12"),
        account_id=UUID(int=3),
        borrower_account_id=UUID(int=4),
        starts_on=starts_on,
        state=LoanState.REPAYING,
        reason=None,
        outstanding_minor=principal,
        contracted_at=NOW,
        disbursed_at=NOW,
        changed_at=NOW,
    )

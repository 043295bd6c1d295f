"""Records as tests need them where only a few fields matter."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from services.p2p.applications.model import Application, ApplicationState
from services.p2p.listings.model import Listing, ListingState
from services.p2p.loans.model import Loan, LoanState
from services.p2p.programmes.model import METHODS, LossBearer, Programme, RateFormation

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


def application_of(application_id: UUID, borrower: str) -> Application:
    return Application(
        id=application_id,
        borrower=borrower,
        amount_minor=100_000,
        currency="CNY",
        term_months=12,
        purpose="education",
        state=ApplicationState.LISTED,
        score=650,
        grade="A",
        reasons=(),
        scorecard_version="1",
        limit_minor=100_000,
        decided_by="rule",
        source="api",
        source_row=None,
        source_hash=None,
        submitted_at=NOW,
        changed_at=NOW,
        due_at=None,
    )


def listing_of(listing_id: UUID, application: Application, closes_at: datetime) -> Listing:
    assert application.borrower is not None
    return Listing(
        id=listing_id,
        application_id=application.id,
        borrower=application.borrower,
        grade=application.grade,
        purpose=application.purpose,
        programme_code="open_auction",
        programme_version=1,
        amount_minor=100_000,
        currency="CNY",
        annual_rate=Decimal("0.10"),
        term_months=12,
        method="equal_instalment",
        lot_minor=1,
        state=ListingState.OPEN,
        reason=None,
        account_id=UUID(int=3),
        borrower_account_id=UUID(int=4),
        committed_minor=0,
        placed_minor=0,
        requested_at=NOW,
        closes_at=closes_at,
        opened_at=NOW,
        full_at=None,
        changed_at=NOW,
        due_at=closes_at,
    )


def programme_of() -> Programme:
    """A kind of lending that takes anything these tests make."""
    return Programme(
        code="open_auction",
        version=1,
        names={"en": "Tests"},
        currency="CNY",
        lender_kind="private",
        rate_formation=RateFormation.FIXED,
        lowest_rate=Decimal(0),
        highest_rate=Decimal(1),
        rates_by_grade={},
        loss_borne_by=LossBearer.LENDER,
        grades=("A",),
        methods=METHODS,
        terms_months=tuple(range(1, 37)),
        day_count="30/360",
        least_amount_minor=1,
        largest_amount_minor=10**12,
        lot_minor=1,
        longest_open_days=15,
        origination_fee_annual={},
        reserve_contribution_annual={},
        late_daily_rate=Decimal(0),
        valid_from=date(2026, 1, 1),
    )

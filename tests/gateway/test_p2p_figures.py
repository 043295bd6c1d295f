"""A listing's story as p2p tells it, in its own event shapes, and the figures that come of it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.p2p.applications import events as application_events
from services.p2p.applications.model import ApplicationState
from services.p2p.bids import events as bid_events
from services.p2p.bids.model import Bid, BidState
from services.p2p.listings import events as listing_events
from services.p2p.loans import events as loan_events
from services.p2p.matching.model import Waiting
from services.p2p.repayments import events as repayment_events
from services.p2p.repayments.model import Repayment, RepaymentState
from tests.gateway.counting import NOVEMBER, figures, happened
from tests.p2p.records import NOW, application_of, listing_of, loan_of
from tests.serving import Served

LIN, WEN, BORROWER = (f"cus_01jdf3q8e7f5bt2m0xk5s8yq4{letter}" for letter in "cde")
LISTING = UUID(int=7)
LOAN = replace(loan_of(UUID(int=8), 100_000, Decimal("0.10"), 12, date(2026, 11, 24)), borrower=BORROWER)


@pytest.fixture
def http(gateway: Served) -> httpx.AsyncClient:
    return gateway.client()


def bid_of(lender: str, amount: int) -> Bid:
    return Bid(UUID(int=9), LISTING, lender, amount, "CNY", BidState.PLACED, None, None, None, None, NOW, NOW)


def waiting_of(lender: str, amount: int) -> Waiting:
    return Waiting(UUID(int=10), UUID(int=11), lender, amount)


def repayment_of(row: int, principal: int, interest: int) -> Repayment:
    return Repayment(
        id=UUID(int=row),
        loan_id=LOAN.id,
        row_number=row,
        attempt=1,
        borrower=BORROWER,
        account_id=UUID(int=1),
        amount_minor=principal + interest,
        principal_minor=principal,
        interest_minor=interest,
        currency="CNY",
        state=RepaymentState.SHARED,
        reason=None,
        requested_at=NOW,
        changed_at=NOW,
        paid_on=date(2026, 11, 24),
    )


@pytest.fixture
async def story(gateway: Served) -> None:
    application = replace(application_of(UUID(int=2), BORROWER), state=ApplicationState.APPROVED)
    refused = replace(application, grade="E", amount_minor=5_000, state=ApplicationState.DECLINED)
    listing = listing_of(LISTING, application, NOW + timedelta(days=7))
    told: list[tuple[str, dict[str, Any]]] = [
        (application_events.APPLICATION_GRADED, application_events.graded(application)),
        (application_events.APPLICATION_GRADED, application_events.graded(refused)),
        (application_events.APPLICATION_APPROVED, application_events.decided(application, "rule")),
        (application_events.APPLICATION_DECLINED, application_events.decided(refused, "rule")),
        (listing_events.LISTING_OPENED, listing_events.told(listing, "open")),
        (bid_events.BID_PLACED, bid_events.told(bid_of(LIN, 40_000))),
        (
            bid_events.BIDS_PLACED,
            bid_events.placed_by_orders(listing, [waiting_of(LIN, 10_000), waiting_of(WEN, 50_000)]),
        ),
        (bid_events.BID_REFUSED, bid_events.told(replace(bid_of(WEN, 1), state=BidState.REFUSED))),
        (listing_events.LISTING_FILLED, listing_events.filled(listing, 5_400, 3)),
        (loan_events.LOAN_DISBURSED, loan_events.told(LOAN, 2)),
        (repayment_events.REPAYMENT_SHARED, shared(repayment_of(1, 8_000, 833), overdue_days=0)),
        (repayment_events.REPAYMENT_SHARED, shared(repayment_of(2, 8_100, 733), overdue_days=3)),
        (listing_events.LISTING_UNFILLED, listing_events.told(listing, "failed")),
    ]
    for event_type, data in told:
        await happened(gateway.runtime, event_type, **data)


def shared(repayment: Repayment, *, overdue_days: int) -> dict[str, Any]:
    return repayment_events.told(repayment, LOAN, holders=2, overdue_days=overdue_days)


@pytest.mark.usefixtures("story")
async def test_figures_of_lending(http: httpx.AsyncClient) -> None:
    expected: dict[str, tuple[str | None, int]] = {
        "graded_borrowers": (None, 2),
        "amount_applied": ("CNY", 105_000),
        "review_pass_rate": (None, 500_000),
        "listings": (None, 1),
        "amount_listed": ("CNY", 100_000),
        "bids": (None, 3),
        "amount_bid": ("CNY", 100_000),
        "lenders": (None, 2),
        "fill_seconds": (None, 5_400),
        "loans_disbursed": (None, 1),
        "principal_disbursed": ("CNY", 100_000),
        "repayments": (None, 2),
        "repaid": ("CNY", 17_666),
        "outstanding_principal": ("CNY", 83_900),
        "late_repayments": (None, 500_000),
        "listings_unfilled": (None, 1),
        "monthly_active": (None, 3),
    }
    found = await figures(http)
    assert {code: [(value["currency"], value["value"]) for value in found[code]["values"]] for code in expected} == {
        code: [value] for code, value in expected.items()
    }


@pytest.mark.usefixtures("story")
async def test_grades_and_programmes_are_dimensions(http: httpx.AsyncClient) -> None:
    grades = await http.get("/v1/operations/figures/graded_borrowers/days", params=NOVEMBER | {"by": "grade"})
    assert [(day["label"], day["quantity"]) for day in grades.json()["items"]] == [("A", 1), ("E", 1)]
    loans = await http.get("/v1/operations/figures/principal_disbursed/days", params=NOVEMBER | {"by": "product"})
    assert [(day["label"], day["amount"]) for day in loans.json()["items"]] == [("open_auction", 100_000)]

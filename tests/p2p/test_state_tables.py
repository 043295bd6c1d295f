"""Every event in every state of listings, bids, loans and repayments."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from services.p2p.bids import rules as bid_rules
from services.p2p.bids.model import BidEvent, BidState
from services.p2p.errors import (
    AboveLenderShare,
    BelowLot,
    BidTooLarge,
    CurrencyDiffers,
    ListingClosed,
    NotAllowedInState,
    NotInLots,
    OwnListing,
)
from services.p2p.listings import rules as listing_rules
from services.p2p.listings.model import ListingEvent, ListingState
from services.p2p.loans import rules as loan_rules
from services.p2p.loans.model import LoanEvent, LoanState
from services.p2p.repayments import rules as repayment_rules
from services.p2p.repayments.model import RepaymentState
from services.p2p.repayments.rules import RepaymentEvent
from tests.p2p.records import programme_of

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
LISTING = {
    ("draft", "open"): "open",
    ("draft", "fail"): "releasing",
    ("open", "fill"): "full",
    ("open", "fail"): "releasing",
    ("full", "contract"): "disbursing",
    ("full", "fail"): "releasing",
    ("disbursing", "disburse"): "disbursed",
    ("disbursing", "reopen"): "open",
    ("disbursing", "fail"): "releasing",
    ("releasing", "released"): "failed",
}
BID = {
    ("pending", "place"): "placed",
    ("pending", "refuse"): "refused",
    ("pending", "release"): "releasing",
    ("placed", "release"): "releasing",
    ("placed", "fund"): "funded",
    ("refused", "release"): "releasing",
    ("releasing", "released"): "released",
}
LOAN = {
    ("disbursing", "disburse"): "repaying",
    ("disbursing", "cancel"): "cancelled",
    ("repaying", "repay"): "repaying",
    ("repaying", "repay_last"): "repaid",
    ("repaying", "take_back"): "repaying",
    ("repaid", "take_back"): "repaying",
    ("repaid", "take_back_loss"): "written_off",
    ("repaying", "agree_anew"): "repaying",
    ("repaying", "write_off"): "written_off",
    ("written_off", "repay"): "written_off",
    ("written_off", "take_back"): "written_off",
    ("written_off", "repay_last"): "repaid",
}
REPAYMENT = {
    ("pending", "share"): "shared",
    ("pending", "refuse"): "refused",
    ("shared", "take_back"): "reversing",
    ("reversing", "taken_back"): "reversed",
}
Table = dict[tuple[str, str], str]
CASES: list[tuple[Table, Callable[[Any, Any], Any], StrEnum, StrEnum]] = [
    *[(LISTING, listing_rules.next_state, *pair) for pair in product(ListingState, ListingEvent)],
    *[(BID, bid_rules.next_state, *pair) for pair in product(BidState, BidEvent)],
    *[(LOAN, loan_rules.next_state, *pair) for pair in product(LoanState, LoanEvent)],
    *[(REPAYMENT, repayment_rules.next_state, *pair) for pair in product(RepaymentState, RepaymentEvent)],
]


@pytest.mark.parametrize(("table", "next_state", "state", "event"), CASES)
def test_every_event_in_every_state(table: Table, next_state: Any, state: StrEnum, event: StrEnum) -> None:
    record = SimpleNamespace(state=state)
    expected = table.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState) as refused:
            next_state(record, event)
        assert refused.value.facts["state"] == state.value
    else:
        assert next_state(record, event).value == expected


@pytest.mark.parametrize(
    ("table", "final"),
    [
        (LISTING, {"disbursed", "failed"}),
        (BID, {"released", "funded"}),
        (LOAN, {"cancelled"}),
        (REPAYMENT, {"refused", "reversed"}),
    ],
)
def test_every_state_but_the_final_ones_has_a_way_out(table: Table, final: set[str]) -> None:
    states = {state for state, _ in table} | set(table.values())
    assert {state for state in states if not any(state == source for source, _ in table)} == final


def listing(**changes: Any) -> Any:
    usual = {
        "state": ListingState.OPEN,
        "closes_at": datetime(2026, 12, 1, tzinfo=UTC),
        "borrower": "cus_borrower",
        "currency": "CNY",
        "lot_minor": 5_000,
        "left_minor": 20_000,
    }
    return SimpleNamespace(**usual | changes)


@pytest.mark.parametrize(
    ("lender", "amount", "currency", "kind", "field"),
    [
        ("cus_borrower", 5_000, "CNY", OwnListing, "listing_id"),
        ("cus_lender", 5_000, "USD", CurrencyDiffers, "currency"),
        ("cus_lender", 4_999, "CNY", BelowLot, "amount"),
        ("cus_lender", 7_500, "CNY", NotInLots, "amount"),
        ("cus_lender", 25_000, "CNY", BidTooLarge, "amount"),
    ],
)
def test_what_a_bid_must_satisfy(lender: str, amount: int, currency: str, kind: Any, field: str) -> None:
    with pytest.raises(kind) as refused:
        bid_rules.require_acceptable(listing(), lender=lender, amount_minor=amount, currency=currency)
    assert refused.value.field == field


def test_the_last_lots_may_be_bid_and_nothing_more() -> None:
    bid_rules.require_acceptable(listing(), lender="cus_lender", amount_minor=20_000, currency="CNY")
    with pytest.raises(BidTooLarge):
        bid_rules.require_acceptable(listing(left_minor=0), lender="cus_lender", amount_minor=5_000, currency="CNY")


@pytest.mark.parametrize("state", [state for state in ListingState if state is not ListingState.OPEN])
def test_only_an_open_listing_takes_bids(state: ListingState) -> None:
    with pytest.raises(ListingClosed):
        listing_rules.require_open(listing(state=state), NOW)


def test_at_its_deadline_a_listing_takes_no_bid() -> None:
    listing_rules.require_open(listing(), datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC))
    with pytest.raises(ListingClosed) as refused:
        listing_rules.require_open(listing(), datetime(2026, 12, 1, tzinfo=UTC))
    assert refused.value.facts["state"] == "past_deadline"


def test_a_listing_in_which_one_lender_may_not_have_a_lot_is_refused() -> None:
    """Nobody could bid on it."""
    programme = replace(programme_of(), lot_minor=5_000, largest_lender_share=Decimal("0.1"))
    assert listing_rules.lot_of(programme, 100_000, None) == 5_000
    with pytest.raises(AboveLenderShare) as refused:
        listing_rules.lot_of(programme, 100_000, 20_000)
    assert (refused.value.field, refused.value.facts["most_minor"]) == ("lot_minor", 10_000)

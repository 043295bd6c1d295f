"""Standing orders without a database: every event in every state, contradictions, caps, and the fairness of the queue."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.p2p.errors import NotAllowedInState
from services.p2p.matching.model import Candidate, Verdict
from services.p2p.matching.rules import choose, known_front
from services.p2p.programmes.model import Origination, Programme, RateFormation
from services.p2p.standing_orders import rules
from services.p2p.standing_orders.actions import criteria_of
from services.p2p.standing_orders.errors import ContradictoryBounds, ExpiryNotAllowed
from services.p2p.standing_orders.model import Bounds, OrderEvent, OrderState, StandingOrder, Wanted

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
TABLE = {
    ("opening", "activate"): "active",
    ("opening", "end"): "ended",
    ("active", "pause"): "paused",
    ("active", "end"): "ended",
    ("paused", "resume"): "active",
    ("paused", "end"): "ended",
}
CRITERIA = criteria_of("CNY", Decimal("0.08"), ["open_auction"], ["A", "B"], [6, 12])
BOUNDS = Bounds(10_000, 60_000, Decimal(1), 200_000, 0)
WANTED = Wanted(
    "open_auction", "A", 12, Decimal("0.1"), "CNY", 1_000_000, 5_000, 1_000_000, Decimal(1), "cus_borrower", NOW
)


@pytest.mark.parametrize(("state", "event"), list(product(OrderState, OrderEvent)))
def test_every_event_in_every_state(state: OrderState, event: OrderEvent) -> None:
    order: Any = SimpleNamespace(state=state)
    expected = TABLE.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState) as refused:
            rules.next_state(order, event)
        assert refused.value.facts["state"] == state.value
    else:
        assert rules.next_state(order, event).value == expected


def programme(**changes: Any) -> Programme:
    usual: dict[str, Any] = {
        "currency": "CNY",
        "rate_formation": RateFormation.FIXED,
        "highest_rate": Decimal("0.12"),
        "rates_by_grade": {},
        "grades": ("A", "B", "C"),
        "terms_months": (6, 12, 24),
        "standing_orders": True,
        "origination": (Origination.ONLINE,),
    }
    made: Any = SimpleNamespace(**usual | changes)
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("criteria", "bounds", "terms", "field"),
    [
        ({}, {"least_minor": 70_000}, {}, "least_amount"),
        ({}, {"budget_minor": 9_999}, {}, "budget"),
        ({}, {"share_cap": Decimal(0)}, {}, "share_cap"),
        ({"programmes": ("nowhere",)}, {}, {}, "programmes"),
        ({}, {}, {"standing_orders": False}, "programmes"),
        ({}, {}, {"rate_formation": RateFormation.REVERSE_AUCTION}, "programmes"),
        ({}, {}, {"origination": (Origination.FIRST_LENDER,)}, "programmes"),
        ({"currency": "USD"}, {}, {}, "currency"),
        ({"lowest_rate": Decimal("0.1201")}, {}, {}, "lowest_rate"),
        ({}, {}, {"rate_formation": RateFormation.BY_GRADE, "rates_by_grade": {"A": Decimal("0.06")}}, "lowest_rate"),
        ({"grades": ("E",)}, {}, {}, "grades"),
        ({"terms_months": (36,)}, {}, {}, "terms_months"),
    ],
)
def test_what_contradicts_itself(
    criteria: dict[str, Any], bounds: dict[str, Any], terms: dict[str, Any], field: str
) -> None:
    with pytest.raises(ContradictoryBounds) as refused:
        rules.require_possible(
            replace(CRITERIA, **criteria), replace(BOUNDS, **bounds), {"open_auction": programme(**terms)}
        )
    assert refused.value.field == field
    rules.require_possible(CRITERIA, BOUNDS, {"open_auction": programme()})


def test_every_contradiction_is_told() -> None:
    with pytest.raises(ContradictoryBounds) as refused:
        rules.require_possible(
            replace(CRITERIA, grades=("E",)), replace(BOUNDS, least_minor=300_000), {"open_auction": programme()}
        )
    assert [told["field"] for told in refused.value.facts["contradictions"]] == ["least_amount", "budget", "grades"]


def test_an_order_ends_after_now_and_within_three_years() -> None:
    assert rules.expiry_of(NOW, None) == NOW + timedelta(days=365)
    for wanted in (NOW, NOW + timedelta(days=3 * 365, seconds=1)):
        with pytest.raises(ExpiryNotAllowed):
            rules.expiry_of(NOW, wanted)


def order(**changes: Any) -> StandingOrder:
    return StandingOrder(
        **{
            "id": UUID(int=1),
            "lender": "cus_lender",
            "account_id": UUID(int=2),
            "criteria": CRITERIA,
            "bounds": BOUNDS,
            "committed_minor": 0,
            "state": OrderState.ACTIVE,
            "reason": None,
            "refusals": 0,
            "place": 1,
            "queued_at": NOW,
            "version": 2,
            "requested_at": NOW,
            "changed_at": NOW,
            "expires_at": NOW + timedelta(days=1),
        }
        | changes
    )


@pytest.mark.parametrize(
    ("changes", "wanted", "found"),
    [
        ({}, {}, []),
        ({"state": OrderState.PAUSED}, {}, ["not_active"]),
        ({"expires_at": NOW}, {}, ["expired"]),
        ({}, {"for_plans": False}, []),
        ({"managed": True}, {"for_plans": False}, ["not_for_plans"]),
        ({"lender": "cus_borrower"}, {}, ["own_listing"]),
        ({}, {"currency": "USD"}, ["currency"]),
        ({}, {"programme": "guaranteed", "grade": "C"}, ["programme", "grade"]),
        ({}, {"term_months": 24}, ["term"]),
        ({}, {"annual_rate": Decimal("0.0799")}, ["rate_below_floor"]),
        ({}, {"annual_rate": Decimal("0.08")}, []),
        ({"committed_minor": 190_001}, {}, ["out_of_budget"]),
        ({"committed_minor": 190_000}, {}, []),
        ({"bounds": replace(BOUNDS, share_cap=Decimal("0.0099"))}, {}, ["share_cap_below_least"]),
        ({}, {"lender_share": Decimal("0.005")}, ["lender_share_below_least"]),
        ({}, {"left_minor": 5_000}, ["left_of_listing_below_least"]),
    ],
)
def test_what_keeps_an_order_from_a_listing(changes: dict[str, Any], wanted: dict[str, Any], found: list[str]) -> None:
    assert rules.obstacles(order(**changes), replace(WANTED, **wanted)) == found


@pytest.mark.parametrize(
    ("bounds", "left", "wanted", "expected"),
    [
        ({}, 200_000, {}, (60_000, "most_amount")),
        ({"most_minor": 62_499}, 200_000, {}, (60_000, "most_amount")),
        ({"share_cap": Decimal("0.05")}, 200_000, {}, (50_000, "share_cap")),
        ({}, 200_000, {"lender_share": Decimal("0.02")}, (20_000, "lender_share")),
        ({}, 33_000, {}, (30_000, "budget")),
        ({}, 200_000, {"left_minor": 45_000}, (45_000, "left_of_listing")),
        ({}, 10_000, {"lot_minor": 20_000}, None),
    ],
)
def test_an_order_lends_what_its_caps_allow(
    bounds: dict[str, Any], left: int, wanted: dict[str, Any], expected: tuple[int, str] | None
) -> None:
    assert rules.fill_of(replace(BOUNDS, **bounds), left, replace(WANTED, **wanted)) == expected


def candidate(number: int, place: int, *, lender: int | None = None, criteria: int = 1, most: int = 5_000) -> Candidate:
    bounds = Bounds(5_000, most, Decimal(1), 10**9, 0)
    account = UUID(int=10**6 + number)
    return Candidate(
        UUID(int=number), f"cus_{number if lender is None else lender}", account, criteria, place, NOW, 1, 0, bounds
    )


def test_one_order_of_a_lender_is_chosen_and_the_last_lots_go_to_who_may_take_them() -> None:
    queue = [
        candidate(1, 1, most=10_000),
        candidate(2, 2, lender=1),
        candidate(3, 3)._replace(bounds=Bounds(10_000, 10_000, Decimal(1), 10**9, 0)),
        candidate(4, 4),
        candidate(5, 5),
    ]
    choices = choose(queue, replace(WANTED, left_minor=15_000))
    assert [choice.verdict for choice in choices] == [
        Verdict.CHOSEN,
        Verdict.LENDER_CHOSEN,
        Verdict.BELOW_LEAST,
        Verdict.CHOSEN,
    ]
    assert [choice.amount_minor for choice in choices] == [10_000, 0, 0, 5_000]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(1, 9))
def test_of_two_orders_neither_is_served_twice_before_the_other_once(listings: list[int], orders: int) -> None:
    """Each listing of some lots, each lot to another order: who was chosen goes to the tail, in the order in which they stood."""
    queue = [candidate(number, number) for number in range(orders)]
    served = dict.fromkeys(range(orders), 0)
    tail = orders
    for lots in listings:
        for choice in choose(queue, replace(WANTED, left_minor=lots * 5_000)):
            served[choice.candidate.id.int] += 1
            queue.remove(choice.candidate)
            tail += 1
            queue.append(choice.candidate._replace(place=tail))
        assert max(served.values()) - min(served.values()) <= 1


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 1_000)), max_size=60, unique_by=lambda one: one[1]),
    st.integers(1, 8),
)
def test_the_front_that_is_known_is_the_front_of_the_whole_queue(queue: list[tuple[int, int]], limit: int) -> None:
    everybody = [candidate(place, place, criteria=criteria) for criteria, place in queue]
    found = [
        one
        for criteria in range(1, 5)
        for one in sorted((one for one in everybody if one.criteria_id == criteria), key=lambda one: one.place)[:limit]
    ]
    known = known_front(found, limit)
    assert known == sorted(everybody, key=lambda one: one.place)[: len(known)]
    assert known or not everybody

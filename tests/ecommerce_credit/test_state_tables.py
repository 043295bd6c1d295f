"""Every event in every state, as the right party and the wrong one: claims, limits, lines, drawings, repayments, capital."""

from datetime import timedelta
from enum import StrEnum
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from services.ecommerce_credit.capital import rules as capital_rules
from services.ecommerce_credit.capital.model import MovementEvent, MovementState
from services.ecommerce_credit.drawings import rules as drawing_rules
from services.ecommerce_credit.drawings.model import DrawingEvent, DrawingState
from services.ecommerce_credit.errors import NotAllowedInState, StillOwed
from services.ecommerce_credit.limits import rules as limit_rules
from services.ecommerce_credit.limits.model import LimitEvent, LimitState
from services.ecommerce_credit.lines import rules as line_rules
from services.ecommerce_credit.lines.model import LineEvent, LineState
from services.ecommerce_credit.lines.model import Role as LineRole
from services.ecommerce_credit.repayments import rules as repayment_rules
from services.ecommerce_credit.repayments.model import RepaymentEvent, RepaymentState
from services.ecommerce_credit.shops import rules as shop_rules
from services.ecommerce_credit.shops.model import ClaimEvent, ClaimState
from services.ecommerce_credit.shops.model import Role as ShopRole
from tests.ecommerce_credit.records import NOW, line

Table = dict[tuple[str, str], str]
CLAIM: Table = {
    ("pending", "approve"): "approved",
    ("pending", "decline"): "declined",
    ("pending", "yield"): "declined",
    ("pending", "withdraw"): "withdrawn",
    ("pending", "expire"): "expired",
    ("approved", "end"): "ended",
}
LIMIT: Table = {
    ("approved", "accept"): "accepted",
    ("approved", "lapse"): "lapsed",
    ("approved", "supersede"): "superseded",
}
LINE: Table = {
    ("open", "renew"): "open",
    ("expired", "renew"): "open",
    ("open", "expire"): "expired",
    ("open", "close"): "closed",
    ("expired", "close"): "closed",
    ("expired", "settle"): "closed",
}
DRAWING: Table = {
    ("pending", "disburse"): "outstanding",
    ("pending", "refuse"): "refused",
    ("outstanding", "repay"): "outstanding",
    ("outstanding", "repay_last"): "repaid",
}
REPAYMENT: Table = {("pending", "receive"): "received", ("pending", "refuse"): "refused"}
MOVEMENT: Table = {("pending", "finish"): "done", ("pending", "refuse"): "refused"}
PLAIN: list[tuple[Table, Any, StrEnum, StrEnum]] = [
    *[(LIMIT, limit_rules.next_state, *pair) for pair in product(LimitState, LimitEvent)],
    *[(DRAWING, drawing_rules.next_state, *pair) for pair in product(DrawingState, DrawingEvent)],
    *[(REPAYMENT, repayment_rules.next_state, *pair) for pair in product(RepaymentState, RepaymentEvent)],
    *[(MOVEMENT, capital_rules.next_state, *pair) for pair in product(MovementState, MovementEvent)],
]


def test_every_event_in_every_state() -> None:
    for table, next_state, state, event in PLAIN:
        _check(
            table, state, event, lambda state=state, event=event, go=next_state: go(SimpleNamespace(state=state), event)
        )


def test_every_event_of_a_claim_in_every_state_by_everybody() -> None:
    for state, event, role in product(ClaimState, ClaimEvent, ShopRole):
        claim: Any = SimpleNamespace(state=state, due_at=NOW if state is ClaimState.PENDING else None)
        allowed = CLAIM if shop_rules.ROLES[event] is role else {}
        _check(
            allowed,
            state,
            event,
            lambda claim=claim, event=event, role=role: shop_rules.next_state(claim, event, {role}, NOW),
        )


def test_a_claim_does_not_expire_before_its_deadline() -> None:
    claim: Any = SimpleNamespace(state=ClaimState.PENDING, due_at=NOW + timedelta(microseconds=1))
    with pytest.raises(NotAllowedInState):
        shop_rules.next_state(claim, ClaimEvent.EXPIRE, {ShopRole.TIME}, NOW)


def test_every_event_of_a_line_in_every_state_by_everybody() -> None:
    for state, event, role in product(LineState, LineEvent, LineRole):
        allowed = LINE if role in line_rules.ROLES[event] else {}
        standing = line(state=state)
        _check(
            allowed,
            state,
            event,
            lambda one=standing, event=event, role=role: line_rules.next_state(one, event, {role}),
        )


@pytest.mark.parametrize("used", [{"pending_minor": 1}, {"outstanding_minor": 1}])
def test_a_line_that_owes_is_not_closed(used: dict[str, int]) -> None:
    with pytest.raises(StillOwed):
        line_rules.next_state(line(**used), LineEvent.CLOSE, {LineRole.OWNER})
    with pytest.raises(StillOwed):
        line_rules.next_state(line(state=LineState.EXPIRED, **used), LineEvent.SETTLE, {LineRole.TIME})


@pytest.mark.parametrize(
    ("table", "final"),
    [
        (CLAIM, {"declined", "withdrawn", "expired", "ended"}),
        (LIMIT, {"accepted", "lapsed", "superseded"}),
        (LINE, {"closed"}),
        (DRAWING, {"refused", "repaid"}),
        (REPAYMENT, {"received", "refused"}),
        (MOVEMENT, {"done", "refused"}),
    ],
)
def test_every_state_but_the_final_ones_has_a_way_out(table: Table, final: set[str]) -> None:
    states = {state for state, _ in table} | set(table.values())
    assert {state for state in states if not any(state == source for source, _ in table)} == final


def _check(table: Table, state: StrEnum, event: StrEnum, go: Any) -> None:
    expected = table.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState) as refused:
            go()
        assert refused.value.facts["state"] == state.value
    else:
        assert go().value == expected

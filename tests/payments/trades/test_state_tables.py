"""Every event in every state: by the right party, the wrong one, twice, late; and what time makes of each state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import pytest

from chassis.errors import Refusal
from services.payments.trades import refunding, rules
from services.payments.trades.errors import DeadlinePassed, NotAllowedInState, NotYourPart, RefundOpen
from services.payments.trades.model import (
    CloseReason,
    Deal,
    Outcome,
    Party,
    RefundEvent,
    RefundState,
    TradeEvent,
    TradeState,
)
from tests.payments.trades.deals import DAY, GENERAL, NOW, asked, closed, finished, in_refund, paid, shipped, unpaid

B, S, A = {Party.BUYER}, {Party.SELLER}, {Party.ARBITER}
OPEN = [state for state in RefundState if not state.startswith("REFUND_")]
TRADES: dict[TradeState, Deal] = {
    TradeState.WAIT_BUYER_PAY: unpaid(),
    TradeState.WAIT_SELLER_SEND_GOODS: paid(),
    TradeState.WAIT_BUYER_CONFIRM_GOODS: shipped(),
    TradeState.TRADE_FINISHED: finished(),
    TradeState.TRADE_CLOSED: closed(),
}
REFUNDS = {state: in_refund(state, {1: None}) for state in RefundState}
TRADE_TABLE: dict[TradeState, dict[TradeEvent, set[Party]]] = {
    TradeState.WAIT_BUYER_PAY: {TradeEvent.PAY: B, TradeEvent.CLOSE: B | S},
    TradeState.WAIT_SELLER_SEND_GOODS: {TradeEvent.CLOSE: S, TradeEvent.SHIP: S, TradeEvent.OPEN_REFUND: B},
    TradeState.WAIT_BUYER_CONFIRM_GOODS: {
        TradeEvent.CONFIRM: B, TradeEvent.CONFIRM_ITEMS: B, TradeEvent.EXTEND: B, TradeEvent.PROLONG: S, TradeEvent.OPEN_REFUND: B,
    },
    TradeState.TRADE_FINISHED: {},
    TradeState.TRADE_CLOSED: {},
}  # fmt: skip
EVIDENCE = {RefundEvent.GIVE_EVIDENCE: B | S}
REFUND_TABLE: dict[RefundState, dict[RefundEvent, set[Party]]] = {
    RefundState.WAIT_SELLER_AGREE: EVIDENCE | {RefundEvent.AGREE: S, RefundEvent.REFUSE: S, RefundEvent.WITHDRAW: B},
    RefundState.SELLER_REFUSED: EVIDENCE
    | {RefundEvent.ACCEPT_PROPOSAL: B, RefundEvent.ESCALATE: B, RefundEvent.WITHDRAW: B, RefundEvent.AGREE: S},
    RefundState.WAIT_BUYER_RETURN_GOODS: EVIDENCE | {RefundEvent.SEND_BACK: B, RefundEvent.WITHDRAW: B},
    RefundState.WAIT_SELLER_CONFIRM_RETURN: EVIDENCE | {RefundEvent.CONFIRM_RETURN: S, RefundEvent.REFUSE_RETURN: S},
    RefundState.IN_ARBITRATION: EVIDENCE | {RefundEvent.RULE: A, RefundEvent.AGREE: S, RefundEvent.WITHDRAW: B},
    RefundState.REFUND_SUCCESS: {},
    RefundState.REFUND_CLOSED: {},
}


def _refusal(ask: Callable[..., None], *facts: object) -> type[Refusal] | None:
    try:
        ask(*facts)
    except Refusal as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(("state", "event", "party"), list(product(TradeState, TradeEvent, Party)))
def test_trades(state: TradeState, event: TradeEvent, party: Party) -> None:
    deal, allowed = TRADES[state], TRADE_TABLE[state].get(event)
    expected = NotAllowedInState if allowed is None else None if party in allowed else NotYourPart
    assert _refusal(rules.require_event, deal, event, party, NOW) is expected
    if expected is None and deal.trade.due_at is not None:
        just = deal.trade.due_at - timedelta(microseconds=1)
        assert _refusal(rules.require_event, deal, event, party, just) is None
        assert _refusal(rules.require_event, deal, event, party, deal.trade.due_at) is DeadlinePassed


@pytest.mark.parametrize(("state", "event", "party"), list(product(RefundState, RefundEvent, Party)))
def test_refunds(state: RefundState, event: RefundEvent, party: Party) -> None:
    deal, allowed = REFUNDS[state], REFUND_TABLE[state].get(event)
    expected = NotAllowedInState if allowed is None else None if party in allowed else NotYourPart
    assert _refusal(refunding.require_event, deal, deal.refund, event, party, NOW) is expected
    if expected is None:
        late = deal.trade.due_at
        assert _refusal(refunding.require_event, deal, deal.refund, event, party, late) is DeadlinePassed


@pytest.mark.parametrize(("state", "event"), list(product(OPEN, TradeEvent)))
def test_while_a_refund_is_open_it_comes_first(state: RefundState, event: TradeEvent) -> None:
    """But for the confirmation of items that it is not about."""
    allowed = TRADE_TABLE[TradeState.WAIT_BUYER_CONFIRM_GOODS].get(event)
    if allowed is not None:
        expected = None if event is TradeEvent.CONFIRM_ITEMS else RefundOpen
        for party in allowed:
            assert _refusal(rules.require_event, REFUNDS[state], event, party, NOW) is expected


def test_before_shipping_an_open_refund_comes_first_too() -> None:
    deal = asked(paid())
    for event, party in ((TradeEvent.SHIP, Party.SELLER), (TradeEvent.CLOSE, Party.SELLER)):
        assert _refusal(rules.require_event, deal, event, party, NOW) is RefundOpen


PAY, SEND, CONFIRM = TradeState.WAIT_BUYER_PAY, TradeState.WAIT_SELLER_SEND_GOODS, TradeState.WAIT_BUYER_CONFIRM_GOODS
DONE: list[tuple[TradeState, TradeEvent, Callable[[Deal], Deal], TradeState]] = [
    (PAY, TradeEvent.PAY, lambda deal: paid(), SEND),
    (PAY, TradeEvent.CLOSE, lambda deal: rules.closed(deal, CloseReason.BUYER, NOW), TradeState.TRADE_CLOSED),
    (SEND, TradeEvent.CLOSE, lambda deal: rules.closed(deal, CloseReason.SELLER, NOW), TradeState.TRADE_CLOSED),
    (SEND, TradeEvent.SHIP, lambda deal: rules.shipped(deal, None, None, NOW), CONFIRM),
    (CONFIRM, TradeEvent.CONFIRM, lambda deal: rules.confirmed(deal, None, NOW), TradeState.TRADE_FINISHED),
]


@pytest.mark.parametrize(("state", "event", "change", "becomes"), DONE)
def test_what_is_done_is_not_done_twice(
    state: TradeState, event: TradeEvent, change: Callable[[Deal], Deal], becomes: TradeState
) -> None:
    after = change(TRADES[state])
    assert after.trade.state is becomes
    for party in TRADE_TABLE[state][event]:
        again = _refusal(rules.require_event, after, event, party, NOW)
        assert again in (NotAllowedInState, NotYourPart), event


def test_time_ends_every_state_of_a_trade() -> None:
    """Unpaid: closed; not shipped: the money back; not confirmed: released."""
    for state, becomes, reason, sums in (
        (TradeState.WAIT_BUYER_PAY, TradeState.TRADE_CLOSED, CloseReason.UNPAID, (0, 0)),
        (TradeState.WAIT_SELLER_SEND_GOODS, TradeState.TRADE_CLOSED, CloseReason.NOT_SHIPPED, (0, 16_001)),
        (TradeState.WAIT_BUYER_CONFIRM_GOODS, TradeState.TRADE_FINISHED, None, (16_001, 0)),
    ):
        after = rules.timed_out(TRADES[state], NOW).trade
        assert (after.state, after.close_reason, (after.released, after.refunded)) == (becomes, reason, sums)
        assert (after.due_at, after.ended_at, after.held) == (None, NOW, 0)


TIME = {
    RefundState.WAIT_SELLER_AGREE: (RefundState.REFUND_SUCCESS, Outcome.SELLER_SILENT, (10_000, 0)),
    RefundState.SELLER_REFUSED: (RefundState.REFUND_CLOSED, Outcome.BUYER_SILENT, None),
    RefundState.WAIT_BUYER_RETURN_GOODS: (RefundState.REFUND_CLOSED, Outcome.NOT_RETURNED, None),
    RefundState.WAIT_SELLER_CONFIRM_RETURN: (RefundState.REFUND_SUCCESS, Outcome.RETURN_UNANSWERED, (10_000, 0)),
    RefundState.IN_ARBITRATION: (RefundState.REFUND_SUCCESS, Outcome.DEFAULT_SPLIT, (5_000, 5_000)),
}


@pytest.mark.parametrize("state", OPEN)
def test_time_ends_every_state_of_a_refund(state: RefundState) -> None:
    deal, (becomes, outcome, parts) = REFUNDS[state], TIME[state]
    assert deal.refund is not None
    after = refunding.timed_out(deal, deal.refund, NOW)
    assert after.refund is not None
    assert (after.refund.state, after.refund.outcome, after.refund.ended_at) == (becomes, outcome, NOW)
    buyer, seller = parts or (None, None)
    assert (after.refund.buyer_amount, after.refund.seller_amount) == (buyer, seller)
    assert (after.trade.refunded, after.trade.released) == (buyer or 0, seller or 0)
    assert after.trade.state is TradeState.WAIT_BUYER_CONFIRM_GOODS


WAITS: dict[RefundState, str] = {
    RefundState.WAIT_SELLER_AGREE: "answer_seconds",
    RefundState.SELLER_REFUSED: "reconsider_seconds",
    RefundState.WAIT_BUYER_RETURN_GOODS: "return_seconds",
    RefundState.WAIT_SELLER_CONFIRM_RETURN: "inspect_seconds",
    RefundState.IN_ARBITRATION: "ruling_seconds",
}


@pytest.mark.parametrize("state", OPEN)
def test_every_open_refund_has_the_deadline_of_its_category(state: RefundState) -> None:
    assert REFUNDS[state].trade.due_at == NOW + timedelta(seconds=getattr(GENERAL, WAITS[state]))


def test_the_trade_s_own_deadlines() -> None:
    waits: dict[TradeState, datetime | None] = {
        TradeState.WAIT_BUYER_PAY: NOW + DAY,
        TradeState.WAIT_SELLER_SEND_GOODS: NOW + 7 * DAY,
        TradeState.WAIT_BUYER_CONFIRM_GOODS: NOW + 10 * DAY,
        TradeState.TRADE_FINISHED: None,
        TradeState.TRADE_CLOSED: None,
    }
    assert {state: deal.trade.due_at for state, deal in TRADES.items()} == waits

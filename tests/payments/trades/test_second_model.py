"""Any order of events, by anybody, at any time: the rules and a second model agree on states, deadlines and every unit of money."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from chassis.errors import Refusal
from services.payments.trades import refunding, rules
from services.payments.trades.errors import UnknownRefund
from services.payments.trades.model import CloseReason, Deal, Party, RefundEvent, TradeEvent
from tests.payments.trades.deals import BUYER, NOW, unpaid
from tests.payments.trades.naive import ENDED, Naive
from tests.payments.trades.walking import PRICE, USUAL, place, walk

WALKS = 3_000
STEPS = 40
FEWEST = 5
"""Times that each thing must have happened, or the walks do not show it."""


def test_the_rules_and_a_second_model_agree_on_every_step() -> None:
    seen: Counter[tuple[str, str | None]] = Counter()
    for seed in range(WALKS):
        random = Random(seed)
        deal, naive = unpaid(PRICE), Naive(dict(PRICE), NOW)
        for step in walk(naive, random, STEPS):
            at = place(naive)
            deal, counted = _stepped(deal, step.event, step.party, step.now, step.facts or {})
            if step.event is None:
                counted = naive.pass_time()
            else:
                assert naive.do(step.event, step.party, **(step.facts or {})) is counted, (seed, at, step)
            seen[at, step.event] += counted
            _agree(deal, naive, (seed, at, step))
        _ends_by_time_alone(deal, naive)
    usual = {(at, event) for at, events in USUAL.items() for event, _ in events}
    assert {where for where in usual if seen[where] < FEWEST} == set()
    assert {at for at in USUAL if seen[at, None] < FEWEST} == set()


def _stepped(deal: Deal, event: str | None, party: str, now: datetime, facts: dict[str, Any]) -> tuple[Deal, bool]:
    if event is None:
        return _by_time(deal, now), False
    try:
        return _change(deal, event, Party(party), now, facts), True
    except Refusal:
        return deal, False


def _by_time(deal: Deal, now: datetime) -> Deal:
    if deal.trade.due_at is None or deal.trade.due_at > now:
        return deal
    refund = deal.open_refund
    return rules.timed_out(deal, now) if refund is None else refunding.timed_out(deal, refund, now)


def _agree(deal: Deal, naive: Naive, where: object) -> None:
    trade, refund = deal.trade, deal.open_refund
    assert (str(trade.state), trade.due_at, trade.rest) == (naive.state, naive.due, naive.left), where
    assert (refund and str(refund.state)) == naive.refund, where
    for name in ("held", "released", "refunded"):
        if trade.paid_at is not None:
            assert {line.number: getattr(line, name) for line in deal.lines} == getattr(naive, name), where
    released, refunded = sum(naive.released.values()), sum(naive.refunded.values())
    assert (trade.released, trade.refunded) == (released, refunded), where
    assert trade.held + released + refunded == (trade.amount if trade.paid_at else 0), where
    # Who holds money waits for a deadline; who waits for none holds nothing.
    assert (trade.due_at is None) == (trade.ended_at is not None), where
    assert trade.ended_at is None or trade.held == 0, where


def _ends_by_time_alone(deal: Deal, naive: Naive) -> None:
    """Nobody does anything any more."""
    for _ in range(2):
        naive.now += timedelta(days=90)
        deal = _by_time(deal, naive.now)
        naive.pass_time()
        _agree(deal, naive, "end")
    assert naive.state in ENDED


def _change(deal: Deal, event: str, party: Party, now: datetime, facts: dict[str, Any]) -> Deal:
    """The event done by the rules."""
    if event in {one.value for one in RefundEvent}:
        return _change_refund(deal, RefundEvent(event), party, now, facts)
    by_item = event == "confirm" and facts["items"] is not None
    rules.require_event(deal, TradeEvent.CONFIRM_ITEMS if by_item else TradeEvent(event), party, now)
    match event:
        case "pay":
            ids = {"escrow_account_id": uuid4(), "transfer_id": uuid4()}
            return rules.paid(deal, buyer_id=BUYER, method="wallet", now=now, **ids)
        case "close":
            return rules.closed(deal, CloseReason(party.value), now)
        case "ship":
            return rules.shipped(deal, None, None, now)
        case "extend":
            return rules.extended(deal)
        case "open_refund":
            return rules.refund_opened(deal, refund_id=uuid4(), reason="r", now=now, **facts)
        case _:
            return rules.confirmed(deal, facts["items"], now)


def _change_refund(deal: Deal, event: RefundEvent, party: Party, now: datetime, facts: dict[str, Any]) -> Deal:
    refund = deal.open_refund
    if refund is None:
        raise UnknownRefund("none is open")
    refunding.require_event(deal, refund, event, party, now)
    match event:
        case RefundEvent.AGREE:
            return refunding.agreed(deal, refund, now)
        case RefundEvent.REFUSE:
            return refunding.refused(deal, refund, "no", facts["proposal"], now)
        case RefundEvent.ACCEPT_PROPOSAL:
            return refunding.proposal_accepted(deal, refund, now)
        case RefundEvent.ESCALATE:
            return refunding.escalated(deal, refund, now)
        case RefundEvent.WITHDRAW:
            return refunding.withdrawn(deal, refund, now)
        case RefundEvent.SEND_BACK:
            return refunding.sent_back(deal, refund, "SF", "1", now)
        case RefundEvent.CONFIRM_RETURN:
            return refunding.return_confirmed(deal, refund, now)
        case RefundEvent.REFUSE_RETURN:
            return refunding.return_refused(deal, refund, "no", now)
        case _:
            parts = {"buyer_amount": facts["buyer"], "seller_amount": facts["seller"]}
            return refunding.ruled(deal, refund, reason="r", ruled_by="stf_a", now=now, **parts)

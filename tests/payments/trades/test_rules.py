"""Money by line, time that stands still, proposals and splits: the rules on plain data."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.errors import Refusal
from services.payments.trades import refunding, rules, sharing
from services.payments.trades.errors import (
    AlreadyExtended,
    AmountDiffers,
    AmountExceedsHeld,
    EvidenceClosed,
    ItemDisputed,
    NoProposal,
    NothingHeld,
    NothingToReturn,
    NotYourPart,
    ProlongedTooFar,
    ProposalNotLess,
    SplitDiffers,
    TooManyRefunds,
    UnknownItem,
)
from services.payments.trades.model import (
    SHIPPING,
    CloseReason,
    Deal,
    Outcome,
    Party,
    Refund,
    RefundEvent,
    RefundState,
    TradeEvent,
    TradeState,
)
from tests.payments.trades.deals import (
    BUYER,
    DAY,
    GENERAL,
    MERCHANT,
    NOW,
    asked,
    in_refund,
    paid,
    shipped,
    unpaid,
)


def _open(deal: Deal) -> Refund:
    assert deal.open_refund is not None
    return deal.open_refund


def _sums(deal: Deal) -> tuple[int, int, int]:
    return deal.trade.held, deal.trade.released, deal.trade.refunded


def test_items_are_confirmed_one_by_one_and_the_fee_goes_with_the_last() -> None:
    deal = rules.confirmed(shipped(), [1], NOW)
    assert _sums(deal) == (6_001, 10_000, 0)
    assert deal.trade.state is TradeState.WAIT_BUYER_CONFIRM_GOODS
    with pytest.raises(NothingHeld):
        rules.confirmed(deal, [2, 1], NOW)
    with pytest.raises(UnknownItem):
        rules.confirmed(deal, [3], NOW)
    assert _sums(rules.confirmed(deal, [2], NOW)) == (0, 16_001, 0)
    assert rules.confirmed(deal, [2], NOW).trade.state is TradeState.TRADE_FINISHED


@pytest.mark.parametrize(("deal", "fee_to_buyer"), [(paid(), True), (shipped(), False)])
def test_a_fee_left_alone_follows_the_goods(deal: Deal, fee_to_buyer: bool) -> None:
    deal = asked(deal, {1: None, 2: None})
    after = refunding.agreed(deal, _open(deal), NOW)
    assert _sums(after) == ((0, 0, 16_001) if fee_to_buyer else (0, 1_000, 15_001))
    assert after.trade.state is (TradeState.TRADE_CLOSED if fee_to_buyer else TradeState.TRADE_FINISHED)
    assert after.trade.close_reason is (CloseReason.REFUNDED if fee_to_buyer else None)


def test_a_fee_that_is_disputed_waits_for_the_refund() -> None:
    deal = asked(shipped(), {SHIPPING: None})
    deal = rules.confirmed(deal, [1, 2], NOW)
    assert _sums(deal) == (1_000, 15_001, 0)
    assert rules.confirmed(shipped(), [1, 2], NOW).trade.state is TradeState.TRADE_FINISHED
    assert _sums(refunding.withdrawn(deal, _open(deal), NOW)) == (0, 16_001, 0)
    assert _sums(refunding.agreed(deal, _open(deal), NOW)) == (0, 15_001, 1_000)


def test_what_is_disputed_is_not_confirmed() -> None:
    deal = asked(shipped(), {1: 500})
    with pytest.raises(ItemDisputed) as refusal:
        rules.confirmed(deal, [2, 1], NOW)
    assert refusal.value.field == "items.1"
    assert _sums(rules.confirmed(deal, [2], NOW)) == (11_000, 5_001, 0)


@pytest.mark.parametrize("later", [timedelta(microseconds=1), 3 * DAY, timedelta(days=4, microseconds=7)])
def test_a_refund_stops_the_time_and_gives_back_exactly_the_rest(later: timedelta) -> None:
    deal = shipped()
    assert deal.trade.due_at is not None
    opened = NOW + later
    rest = deal.trade.due_at - opened
    stopped = rules.refund_opened(deal, refund_id=uuid4(), wanted={1: 1}, return_goods=False, reason="late", now=opened)
    assert (stopped.trade.rest, stopped.trade.due_at) == (rest, opened + 5 * DAY)
    resumed_at = opened + timedelta(days=2, seconds=3)
    after = refunding.withdrawn(stopped, _open(stopped), resumed_at)
    assert (after.trade.rest, after.trade.due_at) == (None, resumed_at + rest)


def test_time_stands_still_before_shipping_too() -> None:
    deal = asked(paid(), {1: 1})
    after = refunding.agreed(deal, _open(deal), NOW + DAY)
    assert (after.trade.state, after.trade.due_at) == (TradeState.WAIT_SELLER_SEND_GOODS, NOW + 8 * DAY)


def test_one_extension_and_prolongations_up_to_the_category_s() -> None:
    once = rules.extended(shipped())
    assert once.trade.due_at == NOW + 13 * DAY
    with pytest.raises(AlreadyExtended):
        rules.extended(once)
    more = rules.prolonged(once, 29 * 86_400)
    assert more.trade.due_at == NOW + 42 * DAY
    with pytest.raises(ProlongedTooFar) as refusal:
        rules.prolonged(more, 2 * 86_400)
    assert refusal.value.facts == {"left": 86_400}
    assert rules.prolonged(more, 86_400).trade.prolonged_seconds == 30 * 86_400


def test_a_refund_asks_for_what_is_held() -> None:
    deal = rules.confirmed(shipped(), [1], NOW)
    assert _open(asked(deal)).lines == {SHIPPING: 1_000, 2: 5_001}
    assert _open(asked(deal, {2: None, SHIPPING: 1})).asked == 5_002
    for wanted, refusal, field in (
        ({1: None}, NothingHeld, "items.0.number"),
        ({2: 1, 9: None}, UnknownItem, "items.1.number"),
        ({2: 5_002}, AmountExceedsHeld, "items.0.amount"),
    ):
        with pytest.raises(refusal) as refused:
            asked(deal, wanted)  # type: ignore[arg-type]
        assert isinstance(refused.value, Refusal)
        assert refused.value.field == field
    with pytest.raises(NothingToReturn):
        asked(paid(), return_goods=True)


def test_refunds_one_after_another_and_not_for_ever() -> None:
    deal = shipped()
    for number in range(1, rules.MOST_REFUNDS + 1):
        deal = asked(deal, {1: 1})
        assert _open(deal).number == number
        deal = refunding.withdrawn(deal, _open(deal), NOW)
    with pytest.raises(TooManyRefunds):
        asked(deal)


def test_a_proposal_is_for_less_and_is_what_is_then_paid() -> None:
    deal = asked(shipped(), {1: 9_000, 2: 3_000})
    for amount in (12_000, 12_001):
        with pytest.raises(ProposalNotLess):
            refunding.refused(deal, _open(deal), "too much", (amount, False), NOW)
    refused = refunding.refused(deal, _open(deal), "too much", (4_001, False), NOW)
    after = refunding.proposal_accepted(refused, _open(refused), NOW)
    assert after.refund is not None
    assert (after.refund.state, after.refund.outcome, after.refund.buyer_amount) == (
        RefundState.REFUND_SUCCESS, Outcome.AGREED, 4_001,
    )  # fmt: skip
    assert [line.refunded for line in after.lines] == [0, 3_001, 1_000]
    assert _sums(after) == (12_000, 0, 4_001)
    silent = refunding.refused(deal, _open(deal), "no", None, NOW)
    with pytest.raises(NoProposal):
        refunding.proposal_accepted(silent, _open(silent), NOW)


def test_a_proposal_may_want_the_goods_back() -> None:
    deal = asked(shipped(), {1: None})
    refused = refunding.refused(deal, _open(deal), "send it back", (9_000, True), NOW)
    waiting = refunding.proposal_accepted(refused, _open(refused), NOW)
    assert (_open(waiting).state, _open(waiting).amount) == (RefundState.WAIT_BUYER_RETURN_GOODS, 9_000)
    back = refunding.sent_back(waiting, _open(waiting), "SF", "1", NOW)
    disputed = refunding.return_refused(back, _open(back), "empty box", NOW)
    assert _open(disputed).state is RefundState.IN_ARBITRATION
    with pytest.raises(SplitDiffers) as refusal:
        refunding.ruled(
            disputed, _open(disputed), buyer_amount=10_000, seller_amount=0, reason="", ruled_by="", now=NOW
        )
    assert refusal.value.facts == {"in_dispute": 9_000}


@pytest.mark.parametrize(("buyer", "seller", "state"), [
    (6_000, 4_000, RefundState.REFUND_SUCCESS),
    (10_000, 0, RefundState.REFUND_SUCCESS),
    (0, 10_000, RefundState.REFUND_CLOSED),
])  # fmt: skip
def test_a_ruling_splits_what_is_in_dispute(buyer: int, seller: int, state: RefundState) -> None:
    deal = in_refund(RefundState.IN_ARBITRATION, {1: None})
    after = refunding.ruled(
        deal, _open(deal), buyer_amount=buyer, seller_amount=seller, reason="half each", ruled_by="stf_a", now=NOW
    )
    assert after.refund is not None
    assert (after.refund.state, after.refund.outcome) == (state, Outcome.RULED)
    assert _sums(after) == (6_001, seller, buyer)
    assert after.trade.due_at == NOW + 10 * DAY


def test_an_arbiter_is_not_bound_by_the_return_of_goods() -> None:
    deal = in_refund(RefundState.WAIT_SELLER_CONFIRM_RETURN, {1: None})
    deal = refunding.return_refused(deal, _open(deal), "used", NOW)
    after = refunding.agreed(deal, _open(deal), NOW)
    assert after.refund is not None
    assert after.refund.outcome is Outcome.AGREED


def test_the_default_split_is_the_category_s() -> None:
    for share, amount, parts in (
        (5_000, 3, (1, 2)),
        (0, 3, (0, 3)),
        (10_000, 3, (3, 0)),
        (3_333, 10_000, (3_333, 6_667)),
    ):
        assert sharing.default_split(amount, replace(GENERAL, default_buyer_share=share)) == parts


def test_evidence_is_taken_until_its_deadline() -> None:
    deal = in_refund(RefundState.IN_ARBITRATION)
    due = NOW + 7 * DAY
    refunding.require_event(deal, _open(deal), RefundEvent.GIVE_EVIDENCE, Party.BUYER, due - timedelta(microseconds=1))
    with pytest.raises(EvidenceClosed):
        refunding.require_event(deal, _open(deal), RefundEvent.GIVE_EVIDENCE, Party.BUYER, due)


def test_who_is_who() -> None:
    deal = unpaid()
    assert rules.party_of(deal, MERCHANT.owner, None) is Party.SELLER
    assert rules.party_of(deal, "cus_buyer", BUYER) is Party.BUYER
    assert rules.party_of(deal, "cus_other", uuid4()) is None
    assert rules.party_of(deal, "p2p", None) is None
    for_all = replace(deal, trade=replace(deal.trade, buyer_id=None))
    assert rules.party_of(for_all, "cus_other", uuid4()) is Party.BUYER
    with pytest.raises(NotYourPart):
        rules.require_event(for_all, TradeEvent.CLOSE, Party.BUYER, NOW)
    rules.require_event(for_all, TradeEvent.CLOSE, Party.SELLER, NOW)


@pytest.mark.parametrize(("amount", "currency"), [(16_000, "CNY"), (16_002, "CNY"), (16_001, "USD")])
def test_another_price_is_not_what_the_buyer_agreed_to(amount: int, currency: str) -> None:
    rules.require_price(unpaid().trade, 16_001, "CNY")
    with pytest.raises(AmountDiffers):
        rules.require_price(unpaid().trade, amount, currency)


WEIGHTS = some.dictionaries(some.integers(0, 100), some.integers(1, 10**6), min_size=1, max_size=20)


@given(WEIGHTS, some.data())
def test_a_split_over_lines_loses_nothing_and_takes_no_line_beyond_what_was_asked(
    asked_of: dict[int, int], data: some.DataObject
) -> None:
    amount = data.draw(some.integers(1, sum(asked_of.values())))
    buyer = data.draw(some.integers(0, amount))
    to_buyer, to_seller = sharing.split_over(buyer, amount - buyer, asked_of)
    assert (sum(to_buyer.values()), sum(to_seller.values())) == (buyer, amount - buyer)
    assert all(to_buyer[number] >= 0 and to_seller[number] >= 0 for number in asked_of)
    assert all(to_buyer[number] + to_seller[number] <= most for number, most in asked_of.items())

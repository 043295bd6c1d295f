"""What may happen to a trade in which state, by whom and until when; and what it becomes.

| state | pay | close | ship | confirm | extend | prolong | refund | time |
|---|---|---|---|---|---|---|---|---|
| WAIT_BUYER_PAY | buyer | buyer, seller | | | | | | closed |
| WAIT_SELLER_SEND_GOODS | | seller | seller | | | | buyer | refunded |
| WAIT_BUYER_CONFIRM_GOODS | | | | buyer | buyer | seller | buyer | released |

While a refund is open (`refunding`) nothing of this happens but the confirmation of items that it is not about, and the trade's own
time stands still. At its deadline a state is over, whether or not anybody has written it down yet.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.payments.trades import sharing
from services.payments.trades.errors import (
    AlreadyExtended,
    AmountDiffers,
    AmountExceedsHeld,
    DeadlinePassed,
    ItemDisputed,
    NotAllowedInState,
    NothingHeld,
    NothingToReturn,
    NotYourPart,
    ProlongedTooFar,
    RefundOpen,
    TooManyRefunds,
    UnknownItem,
)
from services.payments.trades.model import (
    SHIPPING,
    CloseReason,
    Deal,
    Party,
    Refund,
    RefundState,
    Trade,
    TradeEvent,
    TradeState,
)

BUYER, SELLER = frozenset({Party.BUYER}), frozenset({Party.SELLER})
MAY: Mapping[tuple[TradeState, TradeEvent], frozenset[Party]] = {
    (TradeState.WAIT_BUYER_PAY, TradeEvent.PAY): BUYER,
    (TradeState.WAIT_BUYER_PAY, TradeEvent.CLOSE): BUYER | SELLER,
    (TradeState.WAIT_SELLER_SEND_GOODS, TradeEvent.CLOSE): SELLER,
    (TradeState.WAIT_SELLER_SEND_GOODS, TradeEvent.SHIP): SELLER,
    (TradeState.WAIT_SELLER_SEND_GOODS, TradeEvent.OPEN_REFUND): BUYER,
    (TradeState.WAIT_BUYER_CONFIRM_GOODS, TradeEvent.CONFIRM): BUYER,
    (TradeState.WAIT_BUYER_CONFIRM_GOODS, TradeEvent.CONFIRM_ITEMS): BUYER,
    (TradeState.WAIT_BUYER_CONFIRM_GOODS, TradeEvent.EXTEND): BUYER,
    (TradeState.WAIT_BUYER_CONFIRM_GOODS, TradeEvent.PROLONG): SELLER,
    (TradeState.WAIT_BUYER_CONFIRM_GOODS, TradeEvent.OPEN_REFUND): BUYER,
}
DURING_REFUND = frozenset({TradeEvent.CONFIRM_ITEMS})
MOST_REFUNDS = 10
"""Of one trade: the buyer may ask again, and cannot put off its end for ever."""


def party_of(deal: Deal, owner: str, customer_id: UUID | None) -> Party | None:
    """Which side of the trade somebody is on. While anyone may pay it, every customer is on the buyer's."""
    if deal.merchant.owner == owner:
        return Party.SELLER
    if customer_id is not None and deal.trade.buyer_id in (None, customer_id):
        return Party.BUYER
    return None


def require_event(deal: Deal, event: TradeEvent, party: Party, now: datetime) -> None:
    """Raises NotAllowedInState, NotYourPart, RefundOpen, DeadlinePassed."""
    state = deal.trade.state
    allowed = MAY.get((state, event), frozenset())
    if not allowed:
        raise NotAllowedInState(f"the trade is {state}", state=str(state))
    # Whoever knows a trade that anyone may pay is not yet its buyer.
    nobody = event is TradeEvent.CLOSE and party is Party.BUYER and deal.trade.buyer_id is None
    if party not in allowed or nobody:
        raise NotYourPart(f"this is for the {' or the '.join(sorted(allowed))}")
    if deal.open_refund is not None and event not in DURING_REFUND:
        raise RefundOpen("a refund is open", refund_state=str(deal.open_refund.state))
    require_in_time(deal.trade, now)


def require_in_time(trade: Trade, now: datetime) -> None:
    """Raises DeadlinePassed."""
    if trade.due_at is not None and trade.due_at <= now:
        raise DeadlinePassed("its time is over", due_at=trade.due_at.isoformat())


def require_price(trade: Trade, amount: int, currency: str) -> None:
    """Raises AmountDiffers."""
    if (amount, currency) != (trade.amount, trade.currency):
        raise AmountDiffers("the trade asks for another amount", field="amount", trade_amount=trade.amount)


def paid(
    deal: Deal, *, buyer_id: UUID, method: str, escrow_account_id: UUID, transfer_id: UUID | None, now: datetime
) -> Deal:
    """The money is in the trade's escrow account; the seller's time to ship begins."""
    trade = replace(
        deal.trade,
        state=TradeState.WAIT_SELLER_SEND_GOODS,
        buyer_id=buyer_id,
        method=method,
        escrow_account_id=escrow_account_id,
        payment_transfer_id=transfer_id,
        paid_at=now,
        due_at=now + timedelta(seconds=deal.category.ship_seconds),
    )
    return replace(deal, trade=trade)


def shipped(deal: Deal, carrier: str | None, tracking_number: str | None, now: datetime) -> Deal:
    trade = replace(
        deal.trade,
        state=TradeState.WAIT_BUYER_CONFIRM_GOODS,
        carrier=carrier,
        tracking_number=tracking_number,
        shipped_at=now,
        due_at=now + timedelta(seconds=deal.category.confirm_seconds),
    )
    return replace(deal, trade=trade)


def confirmed(deal: Deal, numbers: Collection[int] | None, now: datetime) -> Deal:
    """What is held of these items goes to the seller, of all lines if None. Raises UnknownItem, ItemDisputed, NothingHeld."""
    held = sharing.held_by_line(deal.lines)
    for place, number in enumerate(numbers or ()):
        _require_item(deal, number, f"items.{place}")
        if deal.open_refund is not None and number in deal.open_refund.lines:
            raise ItemDisputed("the open refund is about this item", field=f"items.{place}")
        if number not in held:
            raise NothingHeld("nothing is held for this item any more", field=f"items.{place}")
    parts = {number: part for number, part in held.items() if numbers is None or number in numbers}
    return settled(replace(deal, lines=sharing.released(deal.lines, parts)), now)


def extended(deal: Deal) -> Deal:
    """Once a trade. Raises AlreadyExtended."""
    if deal.trade.extended:
        raise AlreadyExtended("the time was extended before")
    later = timedelta(seconds=deal.category.extension_seconds)
    return replace(deal, trade=replace(_due_later(deal.trade, later), extended=True))


def prolonged(deal: Deal, seconds: int) -> Deal:
    """By the seller, for the buyer's good. Raises ProlongedTooFar."""
    total = deal.trade.prolonged_seconds + seconds
    if total > deal.category.prolongation_seconds:
        left = deal.category.prolongation_seconds - deal.trade.prolonged_seconds
        raise ProlongedTooFar("more than the category allows in all", field="seconds", left=left)
    return replace(deal, trade=replace(_due_later(deal.trade, timedelta(seconds=seconds)), prolonged_seconds=total))


def closed(deal: Deal, reason: CloseReason, now: datetime) -> Deal:
    """Nothing is sold any more: what is held goes back to the buyer."""
    back = sharing.held_by_line(deal.lines) if deal.trade.paid_at else {}
    return settled(replace(deal, lines=sharing.refunded(deal.lines, back)), now, reason)


def refund_opened(
    deal: Deal,
    *,
    refund_id: UUID,
    wanted: Mapping[int, int | None] | None,
    return_goods: bool,
    reason: str,
    now: datetime,
) -> Deal:
    """The trade's time stands still and the seller's to answer begins. wanted: line → amount, None for all that is held of it.

    Raises UnknownItem, NothingHeld, AmountExceedsHeld, NothingToReturn, TooManyRefunds.
    """
    trade = deal.trade
    if trade.refunds >= MOST_REFUNDS:
        raise TooManyRefunds(f"a trade has at most {MOST_REFUNDS} refunds")
    if return_goods and trade.shipped_at is None:
        raise NothingToReturn("nothing has been shipped", field="return_goods")
    asked = _asked(deal, wanted)
    refund = Refund(
        id=refund_id,
        trade_id=trade.id,
        number=trade.refunds + 1,
        state=RefundState.WAIT_SELLER_AGREE,
        lines=asked,
        asked=sum(asked.values()),
        amount=sum(asked.values()),
        return_goods=return_goods,
        reason=reason,
        refusal_reason=None,
        proposed_amount=None,
        proposed_return=None,
        return_carrier=None,
        return_tracking_number=None,
        evidence_due_at=None,
        outcome=None,
        buyer_amount=None,
        seller_amount=None,
        ruled_by=None,
        ruling_reason=None,
        opened_at=now,
        ended_at=None,
    )
    assert trade.due_at is not None
    due_at = now + timedelta(seconds=deal.category.answer_seconds)
    paused = replace(trade, rest=trade.due_at - now, due_at=due_at, refunds=refund.number)
    return replace(deal, trade=paused, refund=refund)


def timed_out(deal: Deal, now: datetime) -> Deal:
    """What time decides of a trade without an open refund."""
    if deal.trade.state is TradeState.WAIT_BUYER_PAY:
        return closed(deal, CloseReason.UNPAID, now)
    if deal.trade.state is TradeState.WAIT_SELLER_SEND_GOODS:
        return closed(deal, CloseReason.NOT_SHIPPED, now)
    return confirmed(deal, None, now)


def settled(deal: Deal, now: datetime, reason: CloseReason = CloseReason.REFUNDED) -> Deal:
    """The trade's sums follow from its lines, and it ends when nothing is held any more."""
    deal = _with_fee(deal)
    released = sum(line.released for line in deal.lines)
    refunded = sum(line.refunded for line in deal.lines)
    trade = replace(deal.trade, released=released, refunded=refunded)
    if trade.held == 0:
        state = TradeState.TRADE_FINISHED if released else TradeState.TRADE_CLOSED
        why = None if released else reason
        trade = replace(trade, state=state, close_reason=why, due_at=None, rest=None, ended_at=now)
    return replace(deal, trade=trade)


def _with_fee(deal: Deal) -> Deal:
    """A shipping fee left alone follows the goods: to the seller if he shipped, else back. What a refund is about waits for it."""
    held = sharing.held_by_line(deal.lines)
    disputed = deal.open_refund is not None and SHIPPING in deal.open_refund.lines
    if deal.trade.paid_at is None or held.keys() != {SHIPPING} or disputed:
        return deal
    share = sharing.refunded if deal.trade.shipped_at is None else sharing.released
    return replace(deal, lines=share(deal.lines, held))


def _asked(deal: Deal, wanted: Mapping[int, int | None] | None) -> dict[int, int]:
    held = sharing.held_by_line(deal.lines)
    if wanted is None:
        return held
    asked: dict[int, int] = {}
    for place, (number, amount) in enumerate(wanted.items()):
        _require_item(deal, number, f"items.{place}.number")
        if number not in held:
            raise NothingHeld("nothing is held for this item any more", field=f"items.{place}.number")
        asked[number] = held[number] if amount is None else amount
        if asked[number] > held[number]:
            field = f"items.{place}.amount"
            raise AmountExceedsHeld("more than is held for this item", field=field, held=held[number])
    return asked


def _require_item(deal: Deal, number: int, field: str) -> None:
    if all(line.number != number for line in deal.lines):
        raise UnknownItem("the trade has no such item", field=field)


def _due_later(trade: Trade, by: timedelta) -> Trade:
    assert trade.due_at is not None
    return replace(trade, due_at=trade.due_at + by)

"""Stories of an escrow trade (担保交易): made, paid into escrow, shipped, confirmed, prolonged, closed, ended by time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from chassis.wire import LARGEST_AMOUNT
from services.payments.cards.actions import customer_of
from services.payments.merchants.actions import own_merchant
from services.payments.orders import actions as orders
from services.payments.orders import payment_actions
from services.payments.orders.queries import lock_unpaid_of_trade
from services.payments.trades import category_queries, queries, refunding, rules
from services.payments.trades.carrying_out import Change, carry_out, gives_back
from services.payments.trades.errors import (
    AmountTooLarge,
    CurrencyDiffers,
    OwnTrade,
    TradeNumberUsed,
    UnknownCategory,
    UnknownTrade,
)
from services.payments.trades.following import told
from services.payments.trades.model import (
    SHIPPING,
    CloseReason,
    Deal,
    Party,
    Trade,
    TradeCategory,
    TradeEvent,
    TradeLine,
    TradeState,
)

DUE_BATCH = 200


@dataclass(frozen=True)
class Item:
    """What is sold. unit_price in minor units."""

    name: str
    quantity: int
    unit_price: int


async def create_trade(
    tx: Tx,
    caller: Caller,
    *,
    merchant_id: UUID,
    merchant_trade_number: str,
    subject: str,
    category: str,
    items: Sequence[Item],
    shipping_fee: int,
    currency: str,
    buyer_id: UUID | None,
) -> Deal:
    """Under the deadlines in force for its category, which it keeps; with the order that asks for its price.

    Raises UnknownMerchant, CurrencyDiffers, OwnTrade, UnknownCategory, AmountTooLarge, TradeNumberUsed.
    """
    merchant = await own_merchant(tx, caller, merchant_id)
    if merchant.currency != currency:
        raise CurrencyDiffers(f"the merchant sells in {merchant.currency}", field="currency")
    if buyer_id is not None and encode("cus", buyer_id) == merchant.owner:
        raise OwnTrade("nobody buys from himself", field="buyer_id")
    terms = await category_queries.category_at(tx.connection, category, tx.now)
    if terms is None:
        raise UnknownCategory("no such category", field="category")
    lines = _lines(tx.ids.new(), items, shipping_fee)
    trade = _new_trade(tx, terms, lines, merchant_id, merchant_trade_number, subject, currency, buyer_id)
    if not await queries.add_trade(tx.connection, trade, lines):
        raise TradeNumberUsed("the merchant has another trade of this number", field="merchant_trade_number")
    order_id = await _ask(tx, trade)
    deal = Deal(trade, merchant, terms, lines, order_id=order_id)
    tx.events.add("payments.trade.created.v1", encode("trd", trade.id), told(deal))
    return deal


async def pay_from_wallet(
    tx: Tx,
    caller: Caller,
    *,
    trade_id: UUID,
    wallet_id: UUID | None,
    amount: int,
    currency: str,
    confirmation_id: UUID | None = None,
) -> Deal:
    """The whole price at once; other ways are the order's own stories. Raises UnknownTrade, OwnTrade, and what `rules` and these refuse."""
    customer_of(caller)
    # Before the trade (see `following`).
    await lock_unpaid_of_trade(tx.connection, trade_id)
    deal, party = await deal_of(tx, caller, trade_id)
    if party is Party.SELLER:
        raise OwnTrade("nobody buys from himself")
    rules.require_event(deal, TradeEvent.PAY, party, tx.now)
    rules.require_price(deal.trade, amount, currency)
    assert deal.order_id is not None
    await payment_actions.pay_from_wallet(
        tx,
        caller,
        order_id=deal.order_id,
        wallet_id=wallet_id,
        amount=amount,
        currency=currency,
        confirmation_id=confirmation_id,
        confirmed_as=encode("trd", trade_id),
    )
    return await _as_it_is(tx, trade_id)


async def ship(tx: Tx, caller: Caller, *, trade_id: UUID, carrier: str | None, tracking_number: str | None) -> Deal:
    """The seller sent the goods; the buyer's time to confirm begins. Raises UnknownTrade and refusals of `rules`."""
    deal = await _allowed(tx, caller, trade_id, TradeEvent.SHIP)
    after = rules.shipped(deal, carrier, tracking_number, tx.now)
    await carry_out(tx, [(deal, after)])
    tx.events.add("payments.trade.shipped.v1", encode("trd", trade_id), told(after))
    return after


async def confirm(tx: Tx, caller: Caller, *, trade_id: UUID, items: Collection[int] | None) -> Deal:
    """The buyer has her goods, all or these items: the seller gets what is held for them. Raises UnknownTrade, refusals of `rules`."""
    event = TradeEvent.CONFIRM if items is None else TradeEvent.CONFIRM_ITEMS
    deal = await _allowed(tx, caller, trade_id, event)
    after = rules.confirmed(deal, items, tx.now)
    await carry_out(tx, [(deal, after)])
    return after


async def extend(tx: Tx, caller: Caller, *, trade_id: UUID) -> Deal:
    """The buyer takes more time to confirm, once. Raises UnknownTrade and refusals of `rules`."""
    deal = await _allowed(tx, caller, trade_id, TradeEvent.EXTEND)
    return await _later(tx, deal, rules.extended(deal))


async def prolong(tx: Tx, caller: Caller, *, trade_id: UUID, seconds: int) -> Deal:
    """The seller gives the buyer more time to confirm. Raises UnknownTrade and refusals of `rules`."""
    deal = await _allowed(tx, caller, trade_id, TradeEvent.PROLONG)
    return await _later(tx, deal, rules.prolonged(deal, seconds))


async def close(tx: Tx, caller: Caller, *, trade_id: UUID) -> Deal:
    """Unpaid, by either; paid and not shipped, by the seller: the buyer has her money back. Raises UnknownTrade, refusals of `rules`,
    OrderBeingPaid while a bank's word on a card is awaited.
    """
    order = await lock_unpaid_of_trade(tx.connection, trade_id)
    deal, party = await deal_of(tx, caller, trade_id)
    rules.require_event(deal, TradeEvent.CLOSE, party, tx.now)
    if order is not None and deal.trade.paid_at is None:
        await orders.withdraw(tx, order, party.value)
        return await _as_it_is(tx, trade_id)
    after = rules.closed(deal, CloseReason(party.value), tx.now)
    await carry_out(tx, [(deal, after)])
    return after


async def end_due(
    tx: Tx, caller: Caller, *, after: tuple[datetime, UUID] | None
) -> tuple[list[UUID], list[UUID], tuple[datetime, UUID] | None]:
    """What time decides, of a batch of paid trades after a place in their order: which have ended, all or none; which give something back
    and are to be ended by themselves (`end_if_due`); and the last's place.

    Raises what the ledger refuses of any of them.
    """
    due = await queries.lock_due(tx.connection, tx.now, after, DUE_BATCH)
    changes = [_by_time(tx, deal) for deal in due]
    await carry_out(tx, [change for change in changes if not gives_back(change)])
    ended = [deal.trade.id for deal, after in changes if not gives_back((deal, after))]
    left = [deal.trade.id for deal, after in changes if gives_back((deal, after))]
    last = due[-1].trade if due else None
    return ended, left, None if last is None or last.due_at is None else (last.due_at, last.id)


async def end_if_due(tx: Tx, caller: Caller, *, trade_id: UUID) -> None:
    """The same of one paid trade."""
    deal = await queries.deal_with(tx.connection, trade_id, lock=True)
    if deal is not None and deal.trade.paid_at and deal.trade.due_at is not None and deal.trade.due_at <= tx.now:
        await carry_out(tx, [_by_time(tx, deal)])


def _by_time(tx: Tx, deal: Deal) -> Change:
    refund = deal.open_refund
    after = rules.timed_out(deal, tx.now) if refund is None else refunding.timed_out(deal, refund, tx.now)
    return deal, after


async def _ask(tx: Tx, trade: Trade) -> UUID:
    """The order that asks for the price, until the trade's own deadline."""
    assert trade.due_at is not None
    order = orders.new_order(
        tx.ids.new(),
        tx.now,
        merchant_id=trade.merchant_id,
        merchant_order_number=encode("trd", trade.id),
        subject=trade.subject,
        amount=trade.amount,
        currency=trade.currency,
        buyer_id=trade.buyer_id,
        timeout=trade.due_at - tx.now,
    )
    await orders.add_new(tx, replace(order, trade_id=trade.id))
    return order.id


async def _as_it_is(tx: Tx, trade_id: UUID) -> Deal:
    deal = await queries.deal_with(tx.connection, trade_id)
    assert deal is not None
    return deal


async def deal_of(tx: Tx, caller: Caller, trade_id: UUID) -> tuple[Deal, Party]:
    """A trade, locked, and the caller's side of it. Raises UnknownTrade, also for a stranger's."""
    deal = await queries.deal_with(tx.connection, trade_id, lock=True)
    party = None if deal is None else rules.party_of(deal, caller.party, caller.customer)
    if deal is None or party is None:
        raise UnknownTrade("no such trade")
    return deal, party


async def _allowed(tx: Tx, caller: Caller, trade_id: UUID, event: TradeEvent) -> Deal:
    deal, party = await deal_of(tx, caller, trade_id)
    rules.require_event(deal, event, party, tx.now)
    return deal


async def _later(tx: Tx, before: Deal, after: Deal) -> Deal:
    await carry_out(tx, [(before, after)])
    tx.events.add("payments.trade.extended.v1", encode("trd", after.trade.id), told(after))
    return after


def _lines(trade_id: UUID, items: Sequence[Item], shipping_fee: int) -> tuple[TradeLine, ...]:
    """Raises AmountTooLarge."""
    fee = [TradeLine(trade_id, SHIPPING, "shipping", 1, shipping_fee, shipping_fee)] if shipping_fee else []
    sold = [
        TradeLine(trade_id, number, item.name, item.quantity, item.unit_price, item.quantity * item.unit_price)
        for number, item in enumerate(items, start=1)
    ]
    if sum(line.amount for line in (*fee, *sold)) > LARGEST_AMOUNT:
        raise AmountTooLarge("more than the ledger can count", field="items")
    return (*fee, *sold)


def _new_trade(
    tx: Tx,
    terms: TradeCategory,
    lines: tuple[TradeLine, ...],
    merchant_id: UUID,
    merchant_trade_number: str,
    subject: str,
    currency: str,
    buyer_id: UUID | None,
) -> Trade:
    return Trade(
        id=lines[0].trade_id,
        merchant_id=merchant_id,
        merchant_trade_number=merchant_trade_number,
        subject=subject,
        category_id=terms.id,
        amount=sum(line.amount for line in lines),
        currency=currency,
        buyer_id=buyer_id,
        state=TradeState.WAIT_BUYER_PAY,
        close_reason=None,
        method=None,
        payer_account_id=None,
        escrow_account_id=None,
        payment_transfer_id=None,
        released=0,
        refunded=0,
        carrier=None,
        tracking_number=None,
        extended=False,
        prolonged_seconds=0,
        refunds=0,
        rest=None,
        created_at=tx.now,
        paid_at=None,
        shipped_at=None,
        due_at=tx.now + timedelta(seconds=terms.pay_seconds),
        ended_at=None,
    )

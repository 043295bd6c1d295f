"""What becomes of a trade when the order that asks for its money is paid, or never is: in the same transaction, under the order's lock.

Orders know nothing of trades but this. Whoever changes an unpaid trade locks its order and then the trade; once it is paid, refunds lock
the trade and then its order. No order is unpaid while its trade is paid, so that the two never wait for each other.
"""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule
from services.payments.orders.model import Order
from services.payments.trades import queries, rules
from services.payments.trades.model import CloseReason, Deal

KIND = "trade_escrow"
"""What the order's `controls` name."""
_WHY = {"timeout": CloseReason.UNPAID, "merchant": CloseReason.SELLER}
"""What orders call it; what a party of the trade says itself is called the same."""


async def open_escrow(tx: Tx, order: Order) -> UUID:
    """The account of the trade's own that its payment credits."""
    assert order.trade_id is not None
    account = await ledger.open_account(
        tx,
        account_id=ledger.new_account_id(tx),
        currency=order.currency,
        kind="trade_escrow",
        owner=ledger.PLATFORM,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=encode("trd", order.trade_id),
    )
    return account.id


async def follow_paid(tx: Tx, order: Order, method: str) -> None:
    """The money is in escrow: the seller ships. A bank that was asked in time may say so after the trade's deadline."""
    assert order.trade_id is not None
    assert order.buyer_id is not None
    assert order.payee_account_id is not None
    (deal,) = await queries.lock_deals(tx.connection, [order.trade_id])
    after = rules.paid(
        deal,
        buyer_id=order.buyer_id,
        method=method,
        escrow_account_id=order.payee_account_id,
        transfer_id=order.transfer_id,
        now=tx.now,
    )
    await queries.save_trades(tx.connection, [after.trade])
    tx.events.add("payments.trade.paid.v1", encode("trd", after.trade.id), told(after))


async def follow_closed(tx: Tx, orders: Sequence[Order]) -> None:
    """Nobody pays any more; of orders that belong to no trade nothing follows."""
    reasons = {order.trade_id: order.close_reason for order in orders if order.trade_id is not None}
    deals = await queries.lock_deals(tx.connection, list(reasons))
    closed = [rules.closed(deal, _reason(reasons[deal.trade.id]), tx.now) for deal in deals]
    await queries.save_trades(tx.connection, [deal.trade for deal in closed])
    for deal in closed:
        tx.events.add("payments.trade.closed.v1", encode("trd", deal.trade.id), closed_told(deal))


def _reason(of_order: str | None) -> CloseReason:
    assert of_order is not None
    return _WHY.get(of_order) or CloseReason(of_order)


def closed_told(deal: Deal) -> dict[str, object]:
    return told(deal) | {"reason": str(deal.trade.close_reason)}


def told(deal: Deal) -> dict[str, object]:
    trade = deal.trade
    return {
        "trade_id": encode("trd", trade.id),
        "merchant_id": encode("mer", trade.merchant_id),
        "merchant_trade_number": trade.merchant_trade_number,
        "buyer_id": None if trade.buyer_id is None else encode("cus", trade.buyer_id),
        "state": str(trade.state),
        "amount": trade.amount,
        "released": trade.released,
        "refunded": trade.refunded,
        "currency": trade.currency,
    }

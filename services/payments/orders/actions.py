"""Stories of an order: created by a merchant, paid by a buyer, closed."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.limits.actions import take_room
from services.payments.merchants.actions import own_merchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders import queries, rules
from services.payments.orders.errors import CurrencyDiffers, OrderNumberUsed, UnknownOrder
from services.payments.orders.model import Order, OrderState
from services.payments.wallets.actions import own_wallet

CODE = "order.payment"
CLOSE_BATCH = 500


async def create_order(
    tx: Tx,
    caller: Caller,
    *,
    merchant_id: UUID,
    merchant_order_number: str,
    subject: str,
    amount: int,
    currency: str,
    buyer_id: UUID | None,
    timeout_seconds: int,
) -> Order:
    """A merchant asks for money. Raises UnknownMerchant, CurrencyDiffers, OrderNumberUsed."""
    merchant = await own_merchant(tx, caller, merchant_id)
    if merchant.currency != currency:
        raise CurrencyDiffers(f"the merchant sells in {merchant.currency}", field="currency")
    order = Order(
        id=tx.ids.new(),
        merchant_id=merchant.id,
        merchant_order_number=merchant_order_number,
        subject=subject,
        amount=amount,
        currency=currency,
        buyer_id=buyer_id,
        state=OrderState.WAIT_BUYER_PAY,
        close_reason=None,
        transfer_id=None,
        created_at=tx.now,
        due_at=tx.now + timedelta(seconds=timeout_seconds),
        ended_at=None,
    )
    if not await queries.add_order(tx.connection, order):
        raise OrderNumberUsed("the merchant has another order of this number", field="merchant_order_number")
    tx.events.add("payments.order.created.v1", encode("ord", order.id), _told(order))
    return order


async def pay_from_wallet(
    tx: Tx, caller: Caller, *, order_id: UUID, wallet_id: UUID | None, amount: int, currency: str
) -> Order:
    """Wallet → merchant, at once and final. Raises the refusals of `require_payable`, UnknownWallet, InsufficientFunds."""
    buyer_id = customer_of(caller)
    order = await _locked(tx, order_id)
    rules.require_payable(order, buyer_id, amount, currency, tx.now)
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=currency)
    merchant = await _merchant_of(tx, order)
    source = encode("ord", order.id)
    await take_room(tx, customer_id=buyer_id, amount=order.amount, currency=order.currency, source=source)
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=CODE,
        reference=encode("ord", order.id),
        debit_account_id=wallet.account_id,
        credit_account_id=merchant.account_id,
        amount=order.amount,
        currency=order.currency,
    )
    await ledger.post(tx, [command])
    paid = replace(order, state=OrderState.TRADE_SUCCESS, buyer_id=buyer_id, transfer_id=command.id, ended_at=tx.now)
    await queries.save_order(tx.connection, paid)
    told = {
        "buyer_id": encode("cus", buyer_id),
        "transfer_id": encode("trf", command.id),
        "method": "wallet",
    }
    tx.events.add("payments.order.paid.v1", encode("ord", order.id), _told(paid) | told)
    return paid


async def close_order(tx: Tx, caller: Caller, *, order_id: UUID) -> Order:
    """The merchant withdraws an unpaid order. Raises UnknownOrder, OrderPaid."""
    order = await _locked(tx, order_id)
    merchant = await _merchant_of(tx, order)
    if merchant.owner != caller.party:
        raise UnknownOrder("no such order")
    rules.require_closable(order)
    if order.state is OrderState.TRADE_CLOSED:
        return order
    closed = replace(order, state=OrderState.TRADE_CLOSED, close_reason="merchant", ended_at=tx.now)
    await queries.save_order(tx.connection, closed)
    _tell_closed(tx, closed)
    return closed


async def close_due_orders(tx: Tx, caller: Caller) -> int:
    """Close a batch of the orders whose time is over; how many there were."""
    closed = await queries.close_due(tx.connection, tx.now, CLOSE_BATCH)
    for order in closed:
        _tell_closed(tx, order)
    return len(closed)


async def _locked(tx: Tx, order_id: UUID) -> Order:
    order = await queries.order_with(tx.connection, order_id, lock=True)
    if order is None:
        raise UnknownOrder("no such order")
    return order


async def _merchant_of(tx: Tx, order: Order) -> Merchant:
    merchant = await merchant_with(tx.connection, order.merchant_id)
    assert merchant is not None
    return merchant


def _tell_closed(tx: Tx, order: Order) -> None:
    tx.events.add(
        "payments.order.closed.v1", encode("ord", order.id), _told(order) | {"reason": order.close_reason or "timeout"}
    )


def _told(order: Order) -> dict[str, object]:
    return {
        "order_id": encode("ord", order.id),
        "merchant_id": encode("mer", order.merchant_id),
        "merchant_order_number": order.merchant_order_number,
        "amount": order.amount,
        "currency": order.currency,
    }

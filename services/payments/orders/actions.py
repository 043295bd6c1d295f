"""Stories of an order: created by a merchant, closed, finished. How it is paid: `payment_actions`."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.limits.actions import give_room_back
from services.payments.merchants.actions import own_merchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders import queries, rules
from services.payments.orders.errors import CurrencyDiffers, OrderBeingPaid, OrderNumberUsed, UnknownOrder
from services.payments.orders.model import Method, Order, OrderPayment, OrderState, PaymentState
from services.payments.risk import actions as risk
from services.payments.trades.following import follow_closed
from services.payments.webhooks.actions import require_address

PAYMENT_CODE = "order.payment"
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
    notify_url: str | None = None,
) -> Order:
    """A merchant asks for money. Raises UnknownMerchant, CurrencyDiffers, AddressNotAllowed, NoEndpoint, OrderNumberUsed."""
    merchant = await own_merchant(tx, caller, merchant_id)
    if merchant.currency != currency:
        raise CurrencyDiffers(f"the merchant sells in {merchant.currency}", field="currency")
    if notify_url is not None:
        await require_address(tx, owner=merchant.owner, url=notify_url)
    order = new_order(
        tx.ids.new(),
        tx.now,
        merchant_id=merchant.id,
        merchant_order_number=merchant_order_number,
        subject=subject,
        amount=amount,
        currency=currency,
        buyer_id=buyer_id,
        timeout=timedelta(seconds=timeout_seconds),
        notify_url=notify_url,
    )
    await add_new(tx, order)
    return order


async def add_new(tx: Tx, order: Order) -> None:
    """Raises OrderNumberUsed."""
    if not await queries.add_order(tx.connection, order):
        raise OrderNumberUsed("the merchant has another order of this number", field="merchant_order_number")
    tx.events.add("payments.order.created.v1", encode("ord", order.id), told(order))


def new_order(
    order_id: UUID,
    now: datetime,
    *,
    merchant_id: UUID,
    merchant_order_number: str,
    subject: str,
    amount: int,
    currency: str,
    buyer_id: UUID | None,
    timeout: timedelta,
    notify_url: str | None = None,
) -> Order:
    return Order(
        id=order_id,
        merchant_id=merchant_id,
        merchant_order_number=merchant_order_number,
        subject=subject,
        amount=amount,
        currency=currency,
        buyer_id=buyer_id,
        state=OrderState.WAIT_BUYER_PAY,
        close_reason=None,
        transfer_id=None,
        created_at=now,
        due_at=now + timeout,
        notify_url=notify_url,
    )


async def close_order(tx: Tx, caller: Caller, *, order_id: UUID) -> Order:
    """The merchant withdraws an unpaid order; parts held for it go back. Raises UnknownOrder, OrderPaid, OrderBeingPaid."""
    order = await locked_order(tx, order_id)
    merchant = await merchant_of(tx, order)
    if merchant.owner != caller.party:
        raise UnknownOrder("no such order")
    rules.require_closable(order)
    if order.state is OrderState.TRADE_CLOSED:
        return order
    return await withdraw(tx, order, "merchant")


async def withdraw(tx: Tx, order: Order, reason: str) -> Order:
    """An unpaid one, locked, before its time is over. Raises OrderBeingPaid."""
    payments = await queries.payments_of(tx.connection, order.id) if order.parts else []
    if any(payment.state is PaymentState.PENDING for payment in payments):
        raise OrderBeingPaid("a bank has not said yet whether the order is paid")
    return await close(tx, order, payments, reason)


async def close_due_orders(tx: Tx, caller: Caller) -> int:
    """Close a batch of the orders whose time is over and for which no part was ever begun; how many there were."""
    closed = await queries.close_due(tx.connection, tx.now, CLOSE_BATCH)
    await follow_closed(tx, closed)
    for order in closed:
        _tell_closed(tx, order)
    return len(closed)


async def close_due_order_in_parts(tx: Tx, caller: Caller) -> bool:
    """Close one whose time is over, giving back what is held; not while a bank's word is awaited. False if there is none."""
    order = await queries.due_in_parts(tx.connection, tx.now)
    if order is not None:
        await close(tx, order, await queries.payments_of(tx.connection, order.id), "timeout")
    return order is not None


async def finish_due_orders(tx: Tx, caller: Caller) -> int:
    """End a batch of the paid orders whose time for refunds is over; how many there were."""
    finished = await queries.finish_due(tx.connection, tx.now, CLOSE_BATCH)
    for order in finished:
        tx.events.add("payments.order.finished.v1", encode("ord", order.id), told(order))
    return len(finished)


async def close(tx: Tx, order: Order, payments: Iterable[OrderPayment], reason: str) -> Order:
    """Under the order's lock."""
    await give_back_held(tx, order, rules.held_parts(list(payments)))
    closed = rules.closed(order, reason, tx.now)
    await queries.save_order(tx.connection, closed)
    await follow_closed(tx, [closed])
    _tell_closed(tx, closed)
    return closed


async def give_back_held(tx: Tx, order: Order, held: list[OrderPayment], failure_code: str | None = None) -> None:
    if not held:
        return
    for payment in held:
        if payment.method is Method.WALLET:
            await give_room_back(tx, source=encode("opy", payment.id), amount=payment.amount)
    await risk.take_back(tx, [encode("opy", payment.id) for payment in held])
    await ledger.post(tx, [void_of(tx, payment) for payment in held], controls=order.controls)
    voided = [
        replace(payment, state=PaymentState.VOIDED, failure_code=failure_code, ended_at=tx.now) for payment in held
    ]
    await queries.save_payments(tx.connection, voided)


def void_of(tx: Tx, payment: OrderPayment) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.VOID,
        code=PAYMENT_CODE,
        reference=encode("ord", payment.order_id),
        pending_id=payment.hold_id,
    )


async def locked_order(tx: Tx, order_id: UUID) -> Order:
    """Raises UnknownOrder."""
    order = await queries.order_with(tx.connection, order_id, lock=True)
    if order is None:
        raise UnknownOrder("no such order")
    return order


async def merchant_of(tx: Tx, order: Order) -> Merchant:
    merchant = await merchant_with(tx.connection, order.merchant_id)
    assert merchant is not None
    return merchant


def _tell_closed(tx: Tx, order: Order) -> None:
    tx.events.add(
        "payments.order.closed.v1", encode("ord", order.id), told(order) | {"reason": order.close_reason or "timeout"}
    )


def told(order: Order) -> dict[str, object]:
    return {
        "order_id": encode("ord", order.id),
        "merchant_id": encode("mer", order.merchant_id),
        "merchant_order_number": order.merchant_order_number,
        "amount": order.amount,
        "currency": order.currency,
    }

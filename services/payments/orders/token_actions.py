"""An order paid with backed tokens: they are burned, and the money held for them pays, in one batch. So they pay all that is left."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.cards.actions import customer_of
from services.payments.orders import queries, rules
from services.payments.orders.actions import locked_order
from services.payments.orders.model import Method, Order, OrderPayment
from services.payments.orders.parts import new_part, wish_of
from services.payments.orders.payment_actions import Burning, complete, payee_of
from services.payments.risk import actions as risk


async def pay_out_of_backing(
    tx: Tx,
    caller: Caller,
    *,
    order_id: UUID,
    amount: int,
    currency: str,
    account_id: UUID,
    burning: Callable[[Order], Awaitable[Burning]],
) -> OrderPayment:
    """A buyer's tokens pay all that is left: the money held for them, on that account, in the batch that burns them.

    burning: of the tokens' own story, told whom the order credits. Raises the refusals of `rules`.
    """
    buyer_id = customer_of(caller)
    order = await locked_order(tx, order_id)
    rules.require_payable(order, buyer_id, tx.now)
    part = new_part(tx.ids.new(), tx.now, caller.party, order, buyer_id, Method.TOKEN, account_id, amount)
    payments = await queries.payments_of(tx.connection, order.id) if order.parts else []
    held = rules.held_parts(payments)
    rules.require_another_part(order, payments, buyer_id)
    rules.require_part(
        order, held, customer_id=buyer_id, method=Method.TOKEN, amount=amount, currency=currency, partial=False
    )
    payee_id = await payee_of(tx, order, held, buyer_id)
    order = replace(order, parts=order.parts + 1, payee_account_id=payee_id)
    burned = await burning(order)
    await risk.decide(tx, caller, wish_of(order, part, None))
    await complete(tx, order, held, part, account_id, burned=burned)
    return replace(part, transfer_id=burned.money.id)

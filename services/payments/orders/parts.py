"""A part of an order's payment: made, confirmed, and as risk sees it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from chassis.ids import encode
from services.payments.confirmations.actions import take_confirmed_room
from services.payments.confirmations.model import CONFIRMED, TOKEN_ALONE
from services.payments.orders.model import Method, Order, OrderPayment, PaymentState
from services.payments.risk.model import Intent, Kind


class Confirmed(NamedTuple):
    """How the buyer confirmed a part from her wallet; confirmation_id: None, by her access token alone."""

    confirmation_id: UUID | None
    subject: str


def new_part(
    payment_id: UUID,
    now: datetime,
    payer: str,
    order: Order,
    customer_id: UUID,
    method: Method,
    account_id: UUID,
    amount: int,
) -> OrderPayment:
    return OrderPayment(
        id=payment_id,
        order_id=order.id,
        position=order.parts,
        method=method,
        payer=payer,
        customer_id=customer_id,
        amount=amount,
        state=PaymentState.HELD,
        created_at=now,
        account_id=account_id,
    )


def wish_of(order: Order, part: OrderPayment, confirmed: Confirmed | None) -> Intent:
    """A part as risk judges it; confirmed: of those from a wallet, whose money is held where it is parked. Tokens are hers as well."""
    by_wallet = confirmed is not None
    return Intent(
        kind=Kind.ORDER_PAYMENT if by_wallet or part.method is Method.TOKEN else Kind.FINANCED_PAYMENT,
        reference=encode("opy", part.id),
        person=encode("cus", part.customer_id),
        amount=part.amount,
        currency=order.currency,
        payee=encode("mer", order.merchant_id),
        subject=encode("ord", order.id) if confirmed is None else confirmed.subject,
        account_id=part.account_id if by_wallet else None,
        factors=TOKEN_ALONE if confirmed is None or confirmed.confirmation_id is None else CONFIRMED,
    )


async def take_room_for(tx: Tx, order: Order, part: OrderPayment, confirmed: Confirmed) -> None:
    """Of her limits, as she confirmed it. Raises the refusals of `take_confirmed_room`."""
    await take_confirmed_room(
        tx,
        confirmation_id=confirmed.confirmation_id,
        customer_id=part.customer_id,
        subject=confirmed.subject,
        amount=part.amount,
        currency=order.currency,
        source=encode("opy", part.id),
        reference=encode("ord", order.id),
    )

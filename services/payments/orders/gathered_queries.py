"""The SQL of many orders at once, past SQLAlchemy: created, and paid whole from wallets."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from chassis.direct import Direct
from services.payments.merchants.model import Merchant
from services.payments.orders.model import Order, OrderPayment, OrderState
from services.payments.wallets.model import Wallet

_ORDER = [field.name for field in fields(Order)]
_MERCHANT = [field.name for field in fields(Merchant)]
_WALLET = [field.name for field in fields(Wallet)]
_MERCHANTS = f"SELECT {', '.join(_MERCHANT)} FROM merchants WHERE id = ANY($1::uuid[])"  # noqa: S608
_LOCK = f"SELECT {', '.join(_ORDER)} FROM orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"  # noqa: S608
_WALLETS = f"SELECT {', '.join(_WALLET)} FROM wallets WHERE customer_id = ANY($1::uuid[])"  # noqa: S608
_ADD = """INSERT INTO orders (id, merchant_id, merchant_order_number, subject, amount, currency, buyer_id, state, created_at, due_at,
    notify_url)
SELECT id, merchant_id, number, subject, amount, currency, buyer_id, 'WAIT_BUYER_PAY', created_at, due_at, notify_url FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::uuid[], $8::timestamptz[], $9::timestamptz[], $10::text[]
) AS made(id, merchant_id, number, subject, amount, currency, buyer_id, created_at, due_at, notify_url)
ON CONFLICT DO NOTHING RETURNING id"""
_PAY = """UPDATE orders SET state = 'TRADE_SUCCESS', parts = 1, buyer_id = paid.buyer_id, payee_account_id = paid.payee_account_id,
    transfer_id = paid.transfer_id, paid_at = $5, paid_on = $6, refund_until = $7
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS paid(id, buyer_id, payee_account_id, transfer_id)
WHERE orders.id = paid.id"""
_ADD_PAYMENTS = """INSERT INTO order_payments
    (id, order_id, position, method, payer, customer_id, amount, state, created_at, account_id, transfer_id, ended_at)
SELECT id, order_id, 0, 'wallet', payer, customer_id, amount, 'paid', $8, account_id, transfer_id, $8 FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::uuid[], $7::uuid[]
) AS made(id, order_id, payer, customer_id, amount, account_id, transfer_id)"""


async def merchants_with(direct: Direct, merchant_ids: Collection[UUID]) -> dict[UUID, Merchant]:
    return {row[0]: Merchant(*row) for row in await direct.fetch(_MERCHANTS, list(merchant_ids))}


async def lock_orders(direct: Direct, order_ids: Collection[UUID]) -> dict[UUID, Order]:
    """Those that exist, locked until the transaction ends. What others hold is left out: the rest does not wait for it."""
    found = [dict(zip(_ORDER, row, strict=True)) for row in await direct.fetch(_LOCK, list(order_ids))]
    return {facts["id"]: Order(**facts | {"state": OrderState(facts["state"])}) for facts in found}


async def wallets_of(direct: Direct, customer_ids: Collection[UUID]) -> dict[tuple[UUID, str], Wallet]:
    """By customer and currency: a customer has at most one of each."""
    wallets = [Wallet(*row) for row in await direct.fetch(_WALLETS, list(customer_ids))]
    return {(wallet.customer_id, wallet.currency): wallet for wallet in wallets}


async def add_orders(direct: Direct, orders: Sequence[Order]) -> set[UUID]:
    """The ids of those whose number their merchant had not used."""
    columns: list[list[Any]] = [
        [order.id for order in orders],
        [order.merchant_id for order in orders],
        [order.merchant_order_number for order in orders],
        [order.subject for order in orders],
        [order.amount for order in orders],
        [order.currency for order in orders],
        [order.buyer_id for order in orders],
        [order.created_at for order in orders],
        [order.due_at for order in orders],
        [order.notify_url for order in orders],
    ]
    return {row[0] for row in await direct.fetch(_ADD, *columns)}


async def save_paid(direct: Direct, orders: Sequence[Order], payments: Sequence[OrderPayment]) -> None:
    """Orders that were paid at one instant, each by the one payment in its place."""
    first = orders[0]
    await direct.fetch(
        _PAY,
        [order.id for order in orders],
        [order.buyer_id for order in orders],
        [order.payee_account_id for order in orders],
        [order.transfer_id for order in orders],
        first.paid_at,
        first.paid_on,
        first.refund_until,
    )
    await direct.fetch(
        _ADD_PAYMENTS,
        [payment.id for payment in payments],
        [payment.order_id for payment in payments],
        [payment.payer for payment in payments],
        [payment.customer_id for payment in payments],
        [payment.amount for payment in payments],
        [payment.account_id for payment in payments],
        [payment.transfer_id for payment in payments],
        first.paid_at,
    )

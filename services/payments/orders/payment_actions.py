"""Stories of an order's payment: in one part or several, joined when the last is there, given back when it never comes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.campaigns.actions import cost_of_vouchers, use_vouchers
from services.payments.campaigns.queries import lock_campaigns
from services.payments.cards.actions import customer_of
from services.payments.confirmations.queries import lock_confirmations
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import CONTROLLED, TransferCommand, TransferKind
from services.payments.ledger.queries import accounts_with
from services.payments.limits.queries import lock_payers
from services.payments.merchants.model import Merchant
from services.payments.orders import queries, rules
from services.payments.orders.actions import (
    PAYMENT_CODE,
    add_new,
    give_back_held,
    locked_order,
    merchant_of,
    new_order,
    told,
)
from services.payments.orders.errors import AccountNotOfPayer, MethodNotOfCaller, NothingHeld, UnknownOrder
from services.payments.orders.model import Method, Order, OrderPayment, PaymentState
from services.payments.orders.parts import Confirmed, new_part, take_room_for, wish_of
from services.payments.risk import actions as risk
from services.payments.trades.errors import OwnTrade
from services.payments.trades.following import follow_paid, open_escrow
from services.payments.wallets.actions import own_wallet

FINANCED = frozenset({Method.CONSUMER_CREDIT, Method.FUND_BALANCE})


class Burning(NamedTuple):
    """Tokens burned, and the money held for them that pays an order instead: one batch."""

    tokens: TransferCommand
    money: TransferCommand


async def pay_from_wallet(
    tx: Tx,
    caller: Caller,
    *,
    order_id: UUID,
    wallet_id: UUID | None,
    amount: int,
    currency: str,
    partial: bool = False,
    voucher_ids: Sequence[UUID] = (),
    confirmation_id: UUID | None = None,
    confirmed_as: str | None = None,
) -> Order:
    """The buyer's own money, beside the vouchers she uses with the last part. confirmed_as: what she confirmed to pay, if not the order.

    Raises the refusals of `rules`, of vouchers, confirmations and limits, UnknownWallet, InsufficientFunds.
    """
    buyer_id = customer_of(caller)
    order = await locked_order(tx, order_id)
    rules.require_payable(order, buyer_id, tx.now)
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=order.currency)
    confirmed = Confirmed(confirmation_id, confirmed_as or encode("ord", order.id))
    part = new_part(tx.ids.new(), tx.now, caller.party, order, buyer_id, Method.WALLET, wallet.account_id, amount)
    if voucher_ids:
        await _agreed_beside(tx, caller, order, part, confirmed, voucher_ids, currency)
        await risk.decide(tx, caller, wish_of(order, part, confirmed))
        order, paid_off = await _use(tx, caller, order, voucher_ids)
        part = replace(part, position=order.parts)
        return await _add_part(tx, caller, order, part, None, currency=currency, partial=False, paid_off=paid_off)
    return await _add_part(tx, caller, order, part, confirmed, currency=currency, partial=partial)


async def pay_from_own_account(
    tx: Tx,
    caller: Caller,
    *,
    order_id: UUID,
    method: Method,
    account_id: UUID,
    amount: int,
    currency: str,
    partial: bool = False,
) -> Order:
    """A service that finances the buyer pays for her, from its own account. Raises MethodNotOfCaller, AccountNotOfPayer too."""
    buyer_id = customer_of(caller)
    if caller.subject == caller.party or method not in FINANCED:
        raise MethodNotOfCaller(f"{method} is paid by the service that keeps it, for a customer", field="method")
    order = await locked_order(tx, order_id)
    rules.require_payable(order, buyer_id, tx.now)
    account = (await accounts_with(tx.connection, [account_id])).get(account_id)
    if account is None or account.owner != caller.subject or account.currency != order.currency:
        raise AccountNotOfPayer("no such account of the caller in the order's currency", field="account_id")
    part = new_part(tx.ids.new(), tx.now, caller.subject, order, buyer_id, method, account_id, amount)
    return await _add_part(tx, caller, order, part, None, currency=currency, partial=partial)


async def give_parts_back(tx: Tx, caller: Caller, *, order_id: UUID) -> Order:
    """The buyer changes her mind before the last part, or the merchant releases who holds up its order: what is held goes back.

    Raises UnknownOrder, OrderPaid, NothingHeld.
    """
    order = await locked_order(tx, order_id)
    payments = await queries.payments_of(tx.connection, order.id)
    merchants = (await merchant_of(tx, order)).owner == caller.party
    payers = {order.buyer_id, *(payment.customer_id for payment in payments)}
    if not merchants and (caller.customer is None or caller.customer not in payers):
        raise UnknownOrder("no such order")
    rules.require_closable(order)
    held = rules.held_parts(payments)
    own = [payment for payment in held if payment.customer_id == caller.customer]
    if not (own or (merchants and held)):
        raise NothingHeld("no part of a payment is held for this order")
    await give_back_held(tx, order, own or held, None if own else rules.RELEASED)
    return order


async def _agreed_beside(
    tx: Tx,
    caller: Caller,
    order: Order,
    part: OrderPayment,
    confirmed: Confirmed,
    voucher_ids: Sequence[UUID],
    currency: str,
) -> None:
    """All that is agreed on beside vouchers, before any account of the ledger is locked, which using a voucher does.

    Locks how she confirmed it, what she has used, the campaigns: in this order, as everybody does.
    """
    direct, subject = await direct_of(tx.connection), encode("ord", order.id)
    if confirmed.confirmation_id is not None:
        await lock_confirmations(direct, [confirmed.confirmation_id])
    await lock_payers(direct, [part.customer_id])
    cost = await cost_of_vouchers(tx, caller, voucher_ids=voucher_ids, subject=subject, amount=order.amount)
    payments = await queries.payments_of(tx.connection, order.id) if order.parts else []
    rules.require_another_part(order, payments, part.customer_id)
    covered = replace(part, method=Method.VOUCHER, amount=cost)
    rules.require_part(
        order,
        [*rules.held_parts(payments), covered],
        customer_id=part.customer_id,
        method=part.method,
        amount=part.amount,
        currency=currency,
        partial=False,
    )
    await take_room_for(tx, order, part, confirmed)


async def _use(tx: Tx, caller: Caller, order: Order, voucher_ids: Sequence[UUID]) -> tuple[Order, list[OrderPayment]]:
    """The order with the parts that its vouchers pay: each out of its campaign's budget, at once. Taken back if the rest fails."""
    held = rules.held_parts(await queries.payments_of(tx.connection, order.id) if order.parts else [])
    account_id = await payee_of(tx, order, held, customer_of(caller))
    uses = await use_vouchers(
        tx,
        caller,
        voucher_ids=voucher_ids,
        subject=encode("ord", order.id),
        amount=order.amount,
        payee_account_id=account_id,
        controls=order.controls,
    )
    campaigns = await lock_campaigns(tx.connection, {use.campaign_id for use in uses})
    parts = []
    for number, use in enumerate(uses):
        campaign = campaigns[use.campaign_id]
        part = new_part(
            tx.ids.new(),
            tx.now,
            campaign.owner,
            order,
            customer_of(caller),
            Method.VOUCHER,
            campaign.account_id,
            use.cost,
        )
        paid = replace(part, position=order.parts + number, state=PaymentState.PAID, ended_at=tx.now)
        parts.append(replace(paid, transfer_id=use.transfer_id))
        await queries.add_payment(tx.connection, parts[-1])
    return replace(order, parts=order.parts + len(parts), payee_account_id=account_id), parts


async def _add_part(
    tx: Tx,
    caller: Caller,
    order: Order,
    part: OrderPayment,
    confirmed: Confirmed | None,
    *,
    currency: str,
    partial: bool,
    paid_off: Sequence[OrderPayment] = (),
) -> Order:
    payments = await queries.payments_of(tx.connection, order.id) if order.parts else []
    held = rules.held_parts(payments)
    rules.require_another_part(order, payments, part.customer_id)
    last = rules.require_part(
        order,
        [*held, *paid_off],
        customer_id=part.customer_id,
        method=part.method,
        amount=part.amount,
        currency=currency,
        partial=partial,
    )
    account_id = await payee_of(tx, order, [*held, *paid_off], part.customer_id)
    order = replace(order, parts=order.parts + 1, payee_account_id=account_id)
    assert part.account_id is not None
    if confirmed is not None:
        await take_room_for(tx, order, part, confirmed)
    if not paid_off:
        await risk.decide(tx, caller, wish_of(order, part, confirmed))
    if last:
        return await complete(tx, order, held, part, part.account_id, paid_off)
    transfer_id = ledger.new_transfer_id(tx)
    holding = moving(order, part.amount, part.account_id, transfer_id, TransferKind.PENDING)
    await ledger.post(tx, [holding], controls=order.controls)
    await queries.add_payment(tx.connection, replace(part, hold_id=transfer_id))
    await queries.save_order(tx.connection, order)
    return order


async def payee_of(tx: Tx, order: Order, held: list[OrderPayment], customer_id: UUID) -> UUID:
    """Whom a customer's part credits: of an escrow trade an account of its own, opened with the first. Raises OwnTrade."""
    merchant = await merchant_of(tx, order)
    if order.trade_id is None:
        return payee(order, held, merchant)
    if merchant.owner == encode("cus", customer_id):
        raise OwnTrade("nobody buys from himself")
    return order.payee_account_id or await open_escrow(tx, order)


def payee(order: Order, held: list[OrderPayment], merchant: Merchant) -> UUID:
    """Whom the parts credit: all of them the same account, also where the merchant signs a contract in between."""
    if held and order.payee_account_id is not None:
        return order.payee_account_id
    return merchant.receiving_account_id


async def complete(
    tx: Tx,
    order: Order,
    held: Sequence[OrderPayment],
    last: OrderPayment,
    source_account_id: UUID,
    paid_off: Sequence[OrderPayment] = (),
    burned: Burning | None = None,
) -> Order:
    """All parts in one batch: the holds are posted and the last part moves, or nothing does. last: recorded already if it is a card's.

    burned: the tokens it is paid with.
    """
    assert order.payee_account_id is not None
    transfer_id = burned.money.id if burned else ledger.new_transfer_id(tx)
    posts = [_posted(tx, payment) for payment in held]
    moves = burned or [moving(order, last.amount, source_account_id, transfer_id, TransferKind.SINGLE)]
    await ledger.post(tx, [*posts, *moves], controls=order.controls | (CONTROLLED if burned else frozenset()))
    ends = zip(held, posts, strict=True)
    done = [replace(one, state=PaymentState.PAID, transfer_id=post.id, ended_at=tx.now) for one, post in ends]
    last = replace(last, state=PaymentState.PAID, transfer_id=transfer_id, ended_at=tx.now)
    if last.method is Method.CARD:
        await queries.save_payments(tx.connection, [*done, last])
    else:
        await queries.save_payments(tx.connection, done)
        await queries.add_payment(tx.connection, last)
    paid = rules.paid(
        order,
        buyer_id=last.customer_id,
        payee_account_id=order.payee_account_id,
        transfer_id=None if held or paid_off else transfer_id,
        now=tx.now,
        on=tx.today,
    )
    await queries.save_order(tx.connection, paid)
    facts = paid_told(paid, [*paid_off, *done, last])
    tx.events.add("payments.order.paid.v1", encode("ord", order.id), facts)
    if paid.trade_id is not None:
        await follow_paid(tx, paid, str(facts["method"]))
    return paid


async def add_captured(
    tx: Tx,
    merchant: Merchant,
    *,
    preauthorisation_id: UUID,
    merchant_order_number: str,
    subject: str,
    amount: int,
    currency: str,
    buyer_id: UUID,
    account_id: UUID,
    transfer_id: UUID,
) -> Order:
    """A paid order, of what its pre-authorisation captures in the same transaction, from the buyer's account by that transfer.

    Raises OrderNumberUsed.
    """
    order = new_order(
        tx.ids.new(),
        tx.now,
        merchant_id=merchant.id,
        merchant_order_number=merchant_order_number,
        subject=subject,
        amount=amount,
        currency=currency,
        buyer_id=buyer_id,
        timeout=timedelta(),
    )
    part = new_part(tx.ids.new(), tx.now, encode("cus", buyer_id), order, buyer_id, Method.WALLET, account_id, amount)
    part = replace(
        part, state=PaymentState.PAID, transfer_id=transfer_id, ended_at=tx.now, preauthorisation_id=preauthorisation_id
    )
    paid = rules.paid(
        replace(order, parts=1),
        buyer_id=buyer_id,
        payee_account_id=merchant.receiving_account_id,
        transfer_id=transfer_id,
        now=tx.now,
        on=tx.today,
    )
    await add_new(tx, paid)
    await queries.add_payment(tx.connection, part)
    tx.events.add("payments.order.paid.v1", encode("ord", order.id), paid_told(paid, [part]))
    return paid


def moving(
    order: Order, amount: int, source_account_id: UUID, transfer_id: UUID, kind: TransferKind
) -> TransferCommand:
    """A hold has no time-out of its own: the order's deadline gives it back."""
    return TransferCommand(
        id=transfer_id,
        kind=kind,
        code=PAYMENT_CODE,
        reference=encode("ord", order.id),
        debit_account_id=source_account_id,
        credit_account_id=order.payee_account_id,
        amount=amount,
        currency=order.currency,
    )


def _posted(tx: Tx, payment: OrderPayment) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.POST,
        code=PAYMENT_CODE,
        reference=encode("ord", payment.order_id),
        pending_id=payment.hold_id,
    )


def paid_told(order: Order, payments: Sequence[OrderPayment]) -> dict[str, object]:
    """A payment in several parts has a transfer for each; the one told is the last."""
    last = payments[-1]
    assert last.transfer_id is not None
    return told(order) | {
        "buyer_id": encode("cus", last.customer_id),
        "transfer_id": encode("trf", last.transfer_id),
        "method": str(last.method) if len(payments) == 1 else "split",
        "parts": [{"method": str(payment.method), "amount": payment.amount} for payment in payments],
    }

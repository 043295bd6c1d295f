"""Stories of a refund: asked for by the merchant, paid at once, or when she has the money, or given up at its deadline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.campaigns.actions import lock_for_returns, return_part
from services.payments.card_returns.actions import refund_to_card
from services.payments.channels.queries import instruction_with
from services.payments.ledger import actions as ledger
from services.payments.ledger.batch_queries import lock_accounts
from services.payments.ledger.errors import AccountFrozen
from services.payments.ledger.model import CONTROLLED, TransferCommand, TransferKind, book_of
from services.payments.limits.actions import give_room_back
from services.payments.limits.queries import lock_taking
from services.payments.merchants.model import Merchant
from services.payments.money_supply.actions import record_pairs
from services.payments.orders import queries as order_queries
from services.payments.orders.actions import locked_order, merchant_of, told
from services.payments.orders.errors import UnknownOrder
from services.payments.orders.model import Method, Order, OrderPayment, OrderState
from services.payments.orders.rules import counted_as
from services.payments.refunds import queries, rules
from services.payments.refunds.destinations import parts_of
from services.payments.refunds.errors import OrderUnderEscrow, RefundExceeds, RefundNumberUsed
from services.payments.refunds.model import Movement, Part, Refund, RefundLeg, RefundState, Source
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind
from services.payments.settlement.refund_actions import draw_for_refund
from services.payments.tokens.actions import pair_of_refund, tokens_of_parts
from services.payments.wallets.queries import wallet_of

CODE = "order.refund"


async def refund_order(
    tx: Tx,
    caller: Caller,
    *,
    order_id: UUID,
    merchant_refund_number: str,
    amount: int,
    currency: str,
    reason: str,
) -> Refund:
    """Give back a part or all, to those who paid, under the merchant's own number: asked again, the same refund.

    Raises UnknownOrder, OrderUnderEscrow, RefundNumberUsed, and the refusals of `rules.require_refundable`.
    """
    order = await locked_order(tx, order_id)
    merchant = await merchant_of(tx, order)
    if merchant.owner != caller.party:
        raise UnknownOrder("no such order")
    if order.trade_id is not None:
        raise OrderUnderEscrow("its trade decides what goes back", trade_id=encode("trd", order.trade_id))
    before = await queries.refund_numbered(tx.connection, merchant.id, merchant_refund_number)
    if before is not None:
        return _same(before, order_id, amount, currency)
    rules.require_refundable(order, amount, currency, tx.now)
    refund = _new_refund(tx, tx.ids.new(), order, merchant_refund_number, amount, reason)
    # What those who paid have used, and campaigns, are locked before what the merchant is judged by: so does whoever pays.
    await _lock_used(tx, order, rules.spread(await order_queries.payments_of(tx.connection, order.id), amount))
    await risk.decide(tx, caller, _wish(merchant, order, refund))
    order = await _asked(tx, order, refund)
    paid = await _pay(tx, order, merchant, refund)
    if paid is None:
        tx.events.add("payments.refund.pending_funds.v1", encode("rfd", refund.id), _told(order, refund))
    return paid or refund


async def refund_from_escrow(tx: Tx, *, order_id: UUID, amount: int, reason: str) -> tuple[Refund, UUID]:
    """An escrow trade gives back of what it holds, to those who paid it, at once; and one of its transfers. The trade is locked.

    Raises RefundExceeds, ChargeDisputed, AccountFrozen (the escrow account is), and what the ledger refuses of those who paid.
    """
    order = await locked_order(tx, order_id)
    assert order.trade_id is not None
    if amount > order.amount - order.refunded:
        raise RefundExceeds("more than was paid and is not given back", field="amount")
    refund_id = tx.ids.new()
    refund = _new_refund(tx, refund_id, order, encode("rfd", refund_id), amount, reason)
    order = await _asked(tx, order, refund)
    paid = await _pay(tx, order, await merchant_of(tx, order), refund)
    if paid is None:
        raise AccountFrozen("the escrow account gives nothing")
    return paid, await queries.transfer_of(tx.connection, paid.id)


def _wish(merchant: Merchant, order: Order, refund: Refund) -> Intent:
    """The merchant pays, whoever bought is paid."""
    named = encode("ord", order.id)
    return Intent(
        kind=Kind.REFUND,
        reference=encode("rfd", refund.id),
        person=merchant.owner,
        amount=refund.amount,
        currency=order.currency,
        payee=named if order.buyer_id is None else encode("cus", order.buyer_id),
        subject=named,
    )


def _new_refund(tx: Tx, refund_id: UUID, order: Order, number: str, amount: int, reason: str) -> Refund:
    return Refund(
        id=refund_id,
        order_id=order.id,
        merchant_id=order.merchant_id,
        merchant_refund_number=number,
        amount=amount,
        currency=order.currency,
        reason=reason,
        state=RefundState.PENDING_FUNDS,
        requested_at=tx.now,
        due_at=tx.now + rules.TRY_AGAIN_AFTER,
        expires_at=tx.now + rules.PATIENCE,
    )


async def _asked(tx: Tx, order: Order, refund: Refund) -> Order:
    """Raises RefundNumberUsed."""
    if not await queries.add_refund(tx.connection, refund):
        raise _number_used()
    order = replace(order, refunded=order.refunded + refund.amount)
    await order_queries.save_order(tx.connection, order)
    return order


async def try_again(tx: Tx, caller: Caller, *, refund_id: UUID) -> Refund | None:
    """Pay a refund that waited for funds, or give it up at its deadline; None where it is not due any more."""
    found = await queries.refund_with(tx.connection, refund_id)
    if found is None:
        return None
    order = await locked_order(tx, found.order_id)
    refund = await queries.refund_with(tx.connection, refund_id)
    assert refund is not None
    if refund.due_at is None or refund.expires_at is None or refund.due_at > tx.now:
        return None
    failure_code = "insufficient_funds"
    try:
        async with tx.connection.begin_nested():
            paid = await _pay(tx, order, await merchant_of(tx, order), refund)
    except Refusal as refusal:
        # Somebody's account takes or gives nothing: it ends like any other at its deadline. Nothing of the attempt stands or is told.
        tx.events.take()
        tx.jobs.take()
        paid, failure_code = None, refusal.code
    if paid is not None:
        return paid
    if refund.expires_at <= tx.now:
        return await _give_up(tx, order, refund, failure_code)
    waiting = replace(refund, due_at=min(tx.now + rules.TRY_AGAIN_AFTER, refund.expires_at))
    await queries.save_refund(tx.connection, waiting)
    return waiting


async def _pay(tx: Tx, order: Order, merchant: Merchant, refund: Refund) -> Refund | None:
    """In one batch, from the sources in their order to the parts in theirs. None where there is too little."""
    payments = await order_queries.payments_of(tx.connection, order.id)
    legs = rules.spread(payments, refund.amount)
    rooms = await _lock_used(tx, order, legs)
    parts = await parts_of(tx, order, merchant, refund, legs)
    destinations = [destination for part in parts for destination in part.destinations]
    tokens = await tokens_of_parts(tx, [one for one, _ in legs if one.method is Method.TOKEN])
    issued_to = [(account_id, 0) for _, account_id in tokens.values()]
    sources, fee_back = await _sources(tx, order, merchant, refund, payments, [*destinations, *issued_to])
    refund = replace(refund, fee_returned=fee_back)
    taken = rules.draw(sources, refund.amount)
    if taken is None:
        return None
    moves = rules.movements(taken, destinations)
    for source, amount in rooms:
        await give_room_back(tx, source=source, amount=amount)
    transfers = await _moved(tx, order, moves, legs, tokens)
    made = [await _leg(tx, order, refund, part) for part in parts]
    await queries.add_legs(tx.connection, made, transfers)
    backs = [replace(payment, refunded=payment.refunded + amount) for payment, amount in legs]
    await order_queries.save_payments(tx.connection, backs)
    return await _succeeded(tx, order, refund, backs)


async def _lock_used(tx: Tx, order: Order, legs: Sequence[tuple[OrderPayment, int]]) -> list[tuple[str, int]]:
    """What parts of a payment counted as against limits, and how much of it is given back."""
    rooms = [(counted_as(one), amount) for one, amount in legs if one.method is Method.WALLET]
    for source, _ in rooms:
        await lock_taking(tx.connection, source)
    if any(one.method is Method.VOUCHER for one, _ in legs):
        await lock_for_returns(tx, subject=encode("ord", order.id))
    return rooms


async def _moved(
    tx: Tx,
    order: Order,
    moves: Sequence[Movement],
    legs: Sequence[tuple[OrderPayment, int]],
    tokens: Mapping[UUID, tuple[str, UUID]],
) -> list[UUID]:
    """The transfers' ids. What a voucher paid goes back to its campaign by the campaign's own story; what tokens paid is set aside again,
    and as many are issued to who paid, in the same batch."""
    vouchers = [(one, amount) for one, amount in legs if one.method is Method.VOUCHER]
    budgets = {one.account_id for one, _ in vouchers}
    backings = {one.account_id: tokens[one.id] for one, _ in legs if one.id in tokens}
    pairs = [
        await pair_of_refund(tx, order, token=backings[move.credit_account_id], move=move, code=CODE)
        for move in moves
        if move.credit_account_id in backings
    ]
    own = budgets | backings.keys()
    plain = [_command(tx, order, move) for move in moves if move.credit_account_id not in own]
    plain += [one.money for one in pairs]
    issued = [one.tokens for one in pairs]
    controls = order.controls | (CONTROLLED if pairs else frozenset())
    made = await ledger.post(tx, [*plain, *issued], controls=controls) if plain else []
    ids = [transfer.id for transfer in made[: len(plain)]]
    await record_pairs(tx, encode("mer", order.merchant_id), pairs)
    for move in (one for one in moves if one.credit_account_id in budgets):
        # Movements come in the order of the parts, and a part may be made of several.
        (voucher, left), *rest = vouchers
        assert voucher.transfer_id is not None
        back = await return_part(
            tx,
            subject=encode("ord", order.id),
            transfer_id=voucher.transfer_id,
            amount=move.amount,
            source_account_id=move.debit_account_id,
            controls=order.controls,
        )
        ids.append(back.transfer_id)
        vouchers = [(voucher, left - move.amount), *rest] if left > move.amount else rest
    return ids


async def _leg(tx: Tx, order: Order, refund: Refund, part: Part) -> RefundLeg:
    """What a card gets is now owed to it, and ordered back."""
    payment, amount = part.payment, part.amount - part.restored
    if payment.method is not Method.CARD or not amount:
        return RefundLeg(refund.id, payment.id, part.amount, restored=part.restored)
    assert payment.instruction_id is not None
    charge = await instruction_with(tx.connection, payment.instruction_id)
    wallet = await wallet_of(tx.connection, payment.customer_id, order.currency)
    assert charge is not None
    assert wallet is not None
    back = await refund_to_card(tx, charge=charge, amount=amount, fallback_account_id=wallet.account_id)
    return RefundLeg(refund.id, payment.id, part.amount, back.id, part.restored)


async def _succeeded(tx: Tx, order: Order, refund: Refund, backs: Sequence[OrderPayment]) -> Refund:
    done = replace(refund, state=RefundState.SUCCEEDED, due_at=None, expires_at=None, ended_at=tx.now)
    await queries.save_refund(tx.connection, done)
    tx.events.add("payments.refund.succeeded.v1", encode("rfd", refund.id), _told(order, done))
    if await _given_back_whole(tx, order):
        closed = replace(order, state=OrderState.TRADE_CLOSED, close_reason="refunded", ended_at=tx.now)
        await order_queries.save_order(tx.connection, closed)
        tx.events.add("payments.order.closed.v1", encode("ord", order.id), told(order) | {"reason": "refunded"})
    return done


async def _given_back_whole(tx: Tx, order: Order) -> bool:
    """Not while a refund still waits for funds."""
    payments = await order_queries.payments_of(tx.connection, order.id)
    return sum(payment.refunded for payment in payments) == order.amount


async def _give_up(tx: Tx, order: Order, refund: Refund, failure_code: str) -> Refund:
    failed = replace(
        refund,
        state=RefundState.FAILED,
        failure_code=failure_code,
        due_at=None,
        expires_at=None,
        ended_at=tx.now,
    )
    await queries.save_refund(tx.connection, failed)
    await risk.take_back(tx, [encode("rfd", refund.id)])
    await order_queries.save_order(tx.connection, replace(order, refunded=order.refunded - refund.amount))
    tx.events.add("payments.refund.failed.v1", encode("rfd", refund.id), _told(order, failed))
    return failed


async def _payee(tx: Tx, order: Order, merchant: Merchant, destinations: Sequence[UUID]) -> Source:
    """Locked with the destinations and the merchant's account, which a ruling credits too, in the order in which every batch locks."""
    assert order.payee_account_id is not None
    wanted = {order.payee_account_id, merchant.account_id, *destinations}
    accounts = await lock_accounts(await direct_of(tx.connection), book_of(merchant.account_id), wanted)
    payee = accounts[order.payee_account_id]
    return Source(payee.id, 0 if payee.frozen else payee.available)


async def _sources(
    tx: Tx,
    order: Order,
    merchant: Merchant,
    refund: Refund,
    payments: Sequence[OrderPayment],
    destinations: Sequence[tuple[UUID, int]],
) -> tuple[list[Source], int]:
    """What the payment credited, in escrow or while the order is unsettled; then what settlement says. And what comes back of its fee."""
    paid_to = [account_id for account_id, _ in destinations]
    if order.trade_id is not None:
        return [await _payee(tx, order, merchant, paid_to)], 0
    given_back = sum(payment.refunded for payment in payments)
    drawn = await draw_for_refund(tx, order=order, given_back=given_back, amount=refund.amount, paid_to=paid_to)
    if not drawn.settled:
        return [await _payee(tx, order, merchant, paid_to)], 0
    return [Source(account_id, amount) for account_id, amount in drawn.sources], drawn.fee_back


def _command(tx: Tx, order: Order, move: Movement) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=CODE,
        reference=encode("ord", order.id),
        debit_account_id=move.debit_account_id,
        credit_account_id=move.credit_account_id,
        amount=move.amount,
        currency=order.currency,
    )


def _same(before: Refund, order_id: UUID, amount: int, currency: str) -> Refund:
    if (before.order_id, before.amount, before.currency) != (order_id, amount, currency):
        raise _number_used()
    return before


def _number_used() -> RefundNumberUsed:
    return RefundNumberUsed("the merchant has another refund of this number", field="merchant_refund_number")


def _told(order: Order, refund: Refund) -> dict[str, object]:
    return told(order) | {
        "refund_id": encode("rfd", refund.id),
        "merchant_refund_number": refund.merchant_refund_number,
        "refund_amount": refund.amount,
    }

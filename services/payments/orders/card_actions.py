"""Stories of a card that pays an order, or what the other parts have left of it: the bank's final word first, then all at once.

Money that comes when the order needs it no more goes back to its card.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from services.payments.card_returns.actions import take_back
from services.payments.card_returns.model import ReturnReason
from services.payments.cards.actions import bound_card, customer_of
from services.payments.channels.attempts import Outcome, record_attempt, start_attempts
from services.payments.channels.model import JOBS, ORDER_PAYMENT, BankAnswer, Instruction, InstructionKind
from services.payments.channels.reserves import reserve_at
from services.payments.orders import queries, rules
from services.payments.orders.actions import locked_order, told
from services.payments.orders.errors import OrderBeingPaid, UnknownOrder
from services.payments.orders.model import Method, Order, OrderPayment, PaymentState
from services.payments.orders.payment_actions import complete, payee_of
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind
from services.payments.wallets.actions import open_wallet


async def pay_by_card(
    tx: Tx, caller: Caller, *, order_id: UUID, card_id: UUID, amount: int, currency: str
) -> OrderPayment:
    """Ask the card for all that is left to pay. Raises OrderBeingPaid while a bank's word on another card is awaited, NoChannel,
    and the refusals of cards and of `rules`.
    """
    buyer_id = customer_of(caller)
    order = await locked_order(tx, order_id)
    rules.require_payable(order, buyer_id, tx.now)
    payments = await queries.payments_of(tx.connection, order.id)
    if any(payment.state is PaymentState.PENDING for payment in payments):
        raise OrderBeingPaid("a bank has not said yet whether the order is paid")
    held = rules.held_parts(payments)
    rules.require_another_part(order, payments, buyer_id)
    rules.require_part(
        order, held, customer_id=buyer_id, method=Method.CARD, amount=amount, currency=currency, partial=False
    )
    card = await bound_card(tx, caller, card_id)
    # Where it goes if one day no channel reaches the card.
    await open_wallet(tx, caller, currency=order.currency)
    payment_id = tx.ids.new()
    await risk.decide(tx, caller, _wish(order, payment_id, buyer_id, card.id, amount))
    instruction = await start_attempts(
        tx,
        kind=InstructionKind.CHARGE,
        card=card,
        subject_id=payment_id,
        purpose=ORDER_PAYMENT,
        amount=amount,
        currency=currency,
    )
    payment = OrderPayment(
        id=payment_id,
        order_id=order.id,
        position=order.parts,
        method=Method.CARD,
        payer=caller.party,
        customer_id=buyer_id,
        amount=amount,
        state=PaymentState.PENDING,
        created_at=tx.now,
        card_id=card.id,
        instruction_id=instruction.id,
    )
    await queries.add_payment(tx.connection, payment)
    account_id = await payee_of(tx, order, held, buyer_id)
    begun = replace(order, parts=order.parts + 1, payee_account_id=account_id)
    await queries.save_order(tx.connection, begun)
    tx.jobs.add(JOBS[ORDER_PAYMENT], {"id": str(payment.id)}, delay_seconds=10)
    return payment


def _wish(order: Order, payment_id: UUID, buyer_id: UUID, card_id: UUID, amount: int) -> Intent:
    return Intent(
        kind=Kind.CARD_PAYMENT,
        reference=encode("opy", payment_id),
        person=encode("cus", buyer_id),
        amount=amount,
        currency=order.currency,
        payee=encode("mer", order.merchant_id),
        subject=encode("ord", order.id),
        card=encode("crd", card_id),
    )


async def record_card_answer(
    tx: Tx, caller: Caller, *, payment_id: UUID, instruction_id: UUID, answer: BankAnswer
) -> Instruction | None:
    """What a channel said. An unknown result keeps the other parts held. The attempt to be sent instead, if any."""
    found = await queries.payment_with(tx.connection, payment_id)
    if found is None:
        raise UnknownOrder("no such payment")
    order = await locked_order(tx, found.order_id)
    payment = await queries.payment_with(tx.connection, payment_id)
    assert payment is not None
    step = await record_attempt(tx, instruction_id, answer)
    if step.outcome is Outcome.COUNTS:
        await _arrived(tx, order, replace(payment, instruction_id=step.instruction.id), step.instruction)
    elif step.outcome is Outcome.SURPLUS:
        await take_back(tx, instruction=step.instruction, fallback_account_id=await _wallet(tx, payment, order))
    elif step.outcome is Outcome.FAILED:
        code = step.instruction.detail or "declined"
        failed = replace(payment, state=PaymentState.FAILED, failure_code=code, ended_at=tx.now)
        await queries.save_payments(tx.connection, [failed])
        facts = told(order) | {"payment_id": encode("opy", payment.id), "failure_code": code}
        tx.events.add("payments.order.payment_failed.v1", encode("ord", order.id), facts)
        await risk.take_back(tx, [encode("opy", payment.id)])
    elif step.next is not None:
        await queries.save_payments(tx.connection, [replace(payment, instruction_id=step.next.id)])
    return step.next


async def _arrived(tx: Tx, order: Order, payment: OrderPayment, instruction: Instruction) -> None:
    """The order's deadline does not count against a bank that was asked before it."""
    payments = await queries.payments_of(tx.connection, order.id)
    held = [one for one in rules.held_parts(payments) if one.customer_id == payment.customer_id]
    whole = order.amount == payment.amount + sum(one.amount for one in held)
    if rules.is_waiting(order) and whole and len(held) == len(rules.held_parts(payments)):
        source = await reserve_at(tx, instruction.bank, order.currency)
        if await _completed(tx, order, held, payment, source):
            if payment.state is PaymentState.FAILED:
                await risk.count_again(tx, [encode("opy", payment.id)])
            return
    wallet = await _wallet(tx, payment, order)
    back = await take_back(tx, instruction=instruction, fallback_account_id=wallet, reason=ReturnReason.NOT_NEEDED)
    returned = replace(payment, state=PaymentState.RETURNED, failure_code="not_needed", ended_at=tx.now)
    await queries.save_payments(tx.connection, [returned])
    await risk.take_back(tx, [encode("opy", payment.id)])
    facts = told(order) | {"payment_id": encode("opy", payment.id), "card_return_id": encode("crt", back.id)}
    tx.events.add("payments.order.payment_returned.v1", encode("ord", order.id), facts)


async def _completed(
    tx: Tx, order: Order, held: Sequence[OrderPayment], payment: OrderPayment, source_account_id: UUID
) -> bool:
    """False, and nothing is written, where the ledger refuses: the account of a held part was frozen meanwhile. The bank has the
    card's money all the same, and what it said must be recorded.
    """
    try:
        async with tx.connection.begin_nested():
            await complete(tx, order, held, payment, source_account_id)
    except Refusal:
        return False
    return True


async def _wallet(tx: Tx, payment: OrderPayment, order: Order) -> UUID:
    acting = replace(service_caller("payments"), acting_for=encode("cus", payment.customer_id))
    wallet, _ = await open_wallet(tx, acting, currency=order.currency)
    return wallet.account_id

"""Stories of payment orders: a message is taken once; each transaction is executed on its day, once."""

import hashlib

from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bank import queries as books
from sandbox.bank.accounts import account_of
from sandbox.bank.directory import bank_named
from sandbox.bank.instructions import card_known_to_its_bank, locked_accounts, payout_entries
from sandbox.bank.model import AccountKind, Bank
from sandbox.bank.rules import value_day
from sandbox.errors import ReferenceReused
from sandbox.payment_orders import queries, rules
from sandbox.payment_orders.model import Message, OrderState, PaymentOrder, Transfer


async def take_message(
    tx: Tx, caller: Caller, *, bank: Bank, message: Message, content: bytes
) -> tuple[list[PaymentOrder], str | None]:
    """The orders, or why the whole message is rejected. The same message again changes nothing. Raises ReferenceReused.

    None of either: the behaviour of a magic transaction lost the message before it arrived.
    """
    if not rules.behaviour_of_message(message, bank).recorded:
        return [], None
    await queries.lock_message(tx.connection, bank.code, message.message_id)
    content_hash = hashlib.sha256(content).hexdigest()
    before = await queries.orders_of(tx.connection, bank.code, message.message_id)
    if before and before[0].content_hash != content_hash:
        raise ReferenceReused("this message id stands for another message", field="MsgId")
    if before:
        return before, None
    rejected = rules.against_message(message) or ("AM05" if rules.repeated(message) else None)
    if rejected:
        return [], rejected
    orders = [await _taken(tx, bank, message, one, place, content_hash) for place, one in enumerate(message.transfers)]
    await queries.add_orders(tx.connection, bank.code, orders)
    today = value_day(tx.now, bank, tx.settings.zone)
    for order in orders:
        if order.execute_on <= today:
            await execute_order(tx, caller, order=order)
    return await queries.orders_of(tx.connection, bank.code, message.message_id), None


async def execute_order(tx: Tx, caller: Caller, *, order: PaymentOrder) -> None:
    """Out of the reserve to the creditor, or rejected for want of money; a magic one only when its time has come."""
    order = await queries.locked_order(tx.connection, order)
    bank = bank_named(order.bank)
    behaviour = rules.behaviour_of(order, bank)
    if order.state is not OrderState.ACCEPTED or tx.now < order.received_at + behaviour.settles_after:
        return
    if behaviour.decline_code is not None:
        reason = rules.reason_of(behaviour.decline_code)
        await queries.change_order(tx.connection, order, state=OrderState.REJECTED, reason=reason)
        return
    card = await card_known_to_its_bank(tx, order.creditor_account)
    if card is None:
        await queries.change_order(tx.connection, order, state=OrderState.REJECTED, reason="AC04")
        return
    entries = await payout_entries(tx, bank, order.end_to_end_id, order.amount, card, "order")
    accounts = await locked_accounts(tx, entries)
    if accounts[entries[0].debit_account_id].balance_minor < order.amount:
        await queries.change_order(tx.connection, order, state=OrderState.REJECTED, reason="AM04")
        return
    await books.book(tx.connection, entries, tx.now, value_day(tx.now, bank, tx.settings.zone))
    await queries.change_order(tx.connection, order, state=OrderState.SETTLED, booked_at=tx.now)


async def _taken(
    tx: Tx, bank: Bank, message: Message, transfer: Transfer, place: int, content_hash: str
) -> PaymentOrder:
    reserve = await account_of(tx, bank, AccountKind.RESERVE)
    card = await card_known_to_its_bank(tx, transfer.creditor_account)
    reason = rules.against(transfer, bank, reserve.number, card)
    return PaymentOrder(
        bank=bank.code,
        message_id=message.message_id,
        message_name=message.name,
        end_to_end_id=transfer.end_to_end_id,
        place=place,
        payment_information_id=transfer.payment_information_id,
        creditor_account=transfer.creditor_account,
        creditor_name=transfer.creditor_name,
        amount=transfer.amount or 0,
        currency=transfer.currency,
        execute_on=transfer.execute_on,
        content_hash=content_hash,
        state=OrderState.REJECTED if reason else OrderState.ACCEPTED,
        reason=reason,
        received_at=tx.now,
        booked_at=None,
    )
